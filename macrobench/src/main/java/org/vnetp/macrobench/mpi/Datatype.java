package org.vnetp.macrobench.mpi;

/// The element types that cross the boundary, with their size in bytes.
public enum Datatype {
    BYTE(1),
    INT(4),
    LONG(8),
    DOUBLE(8),
    /// Two doubles, real part first.
    DOUBLE_COMPLEX(16);

    private final int bytes;

    Datatype(int bytes) {
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }
}
