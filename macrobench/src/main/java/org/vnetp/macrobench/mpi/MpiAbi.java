package org.vnetp.macrobench.mpi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.EnumMap;
import java.util.Map;

/// What one MPI's binary interface looks like: how wide a handle is and which value names each predefined object.
///
/// Handles are kept in a `long` everywhere; where the ABI has 32-bit handles ([#pointerHandles]
/// false) they are narrowed at the call. A further ABI is one more factory method here.
///
/// @param pointerHandles handles are pointers (64 bits) rather than C ints
/// @param statusIgnore the address that means `MPI_STATUS_IGNORE` and `MPI_STATUSES_IGNORE`
record MpiAbi(
        Implementation implementation,
        boolean pointerHandles,
        long statusIgnore,
        long commWorld,
        long commNull,
        long requestNull,
        long errorsReturn,
        Map<Datatype, Long> datatypes,
        Map<Op, Long> ops) {

    /// Whose ABI it is.
    enum Implementation {
        OPEN_MPI("openmpi", "Open MPI"),
        MPICH("mpich", "MPICH"),
        STANDARD("abi", "MPI standard ABI");

        private final String option;
        private final String title;

        Implementation(String option, String title) {
            this.option = option;
            this.title = title;
        }

        /// The name on command lines.
        String option() {
            return option;
        }

        String title() {
            return title;
        }
    }

    /// Open MPI 4 and 5: handles are the addresses of exported objects.
    static MpiAbi openMpi(SymbolLookup library) {
        return new MpiAbi(
                Implementation.OPEN_MPI,
                true,
                0,
                symbol(library, "ompi_mpi_comm_world"),
                symbol(library, "ompi_mpi_comm_null"),
                symbol(library, "ompi_request_null"),
                symbol(library, "ompi_mpi_errors_return"),
                datatypes(
                        symbol(library, "ompi_mpi_byte"),
                        symbol(library, "ompi_mpi_int"),
                        symbol(library, "ompi_mpi_int64_t"),
                        symbol(library, "ompi_mpi_double"),
                        symbol(library, "ompi_mpi_c_double_complex")),
                ops(
                        symbol(library, "ompi_mpi_op_sum"),
                        symbol(library, "ompi_mpi_op_min"),
                        symbol(library, "ompi_mpi_op_max")));
    }

    /// MPICH 3 and 4 and what derives from it: handles are C ints, fixed by the MPICH ABI initiative.
    static MpiAbi mpich() {
        return new MpiAbi(
                Implementation.MPICH,
                false,
                1,
                0x44000000L,
                0x04000000L,
                0x2c000000L,
                0x54000001L,
                datatypes(0x4c00010dL, 0x4c000405L, 0x4c00083aL, 0x4c00080bL, 0x4c001041L),
                ops(0x58000003L, 0x58000002L, 0x58000001L));
    }

    /// The standard ABI of MPI 5.0, chapter "Application Binary Interface": handles are pointers with small values.
    static MpiAbi standard() {
        return new MpiAbi(
                Implementation.STANDARD,
                true,
                0,
                0x101L,
                0x100L,
                0x180L,
                0x143L,
                datatypes(0x247L, 0x209L, 0x258L, 0x214L, 0x216L),
                ops(0x21L, 0x22L, 0x23L));
    }

    long datatype(Datatype type) {
        return datatypes.get(type);
    }

    long op(Op op) {
        return ops.get(op);
    }

    private static Map<Datatype, Long> datatypes(long bytes, long ints, long longs, long doubles, long complexes) {
        Map<Datatype, Long> map = new EnumMap<>(Datatype.class);
        map.put(Datatype.BYTE, bytes);
        map.put(Datatype.INT, ints);
        map.put(Datatype.LONG, longs);
        map.put(Datatype.DOUBLE, doubles);
        map.put(Datatype.DOUBLE_COMPLEX, complexes);
        return map;
    }

    private static Map<Op, Long> ops(long sum, long min, long max) {
        Map<Op, Long> map = new EnumMap<>(Op.class);
        map.put(Op.SUM, sum);
        map.put(Op.MIN, min);
        map.put(Op.MAX, max);
        return map;
    }

    private static long symbol(SymbolLookup library, String name) {
        return library.find(name)
                .map(MemorySegment::address)
                .orElseThrow(
                        () -> new MpiUnavailableException("This libmpi is not Open MPI's: it does not export " + name));
    }
}
