package org.vnetp.macrobench.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Writes an archive that a kernel takes for its first files, in the format "newc" (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst): for each file a header of hexadecimal numbers, its
/// name and its bytes, the latter two filled up to multiples of four. All belongs to root, at no time.
///
/// Directories come before what is in them. Commons Compress writes the format too, with three more
/// libraries that a pack would have to hold.
final class CpioArchive implements AutoCloseable {
    static final int DIRECTORY = 0040755;
    static final int PROGRAM = 0100755;
    static final int PLAIN = 0100644;

    private static final String MAGIC = "070701";
    private static final String END = "TRAILER!!!";
    private static final int ALIGNMENT = 4;

    private final OutputStream to;
    private int number;
    private long written;

    /// @param to is closed with it
    CpioArchive(OutputStream to) {
        this.to = to;
    }

    /// @param name without a leading slash
    /// @param mode with the kind of file, as `stat` tells it
    void add(String name, int mode, byte[] bytes) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        number++;
        int links = 1;
        // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
        int[] fields = {number, mode, 0, 0, links, 0, bytes.length, 0, 0, 0, 0, path.length + 1, 0};
        StringBuilder header = new StringBuilder(MAGIC);
        for (int field : fields) {
            header.append(String.format(Locale.ROOT, "%08x", field));
        }
        write(header.toString().getBytes(StandardCharsets.US_ASCII));
        write(path);
        write(new byte[1]);
        fill();
        write(bytes);
        fill();
    }

    private void write(byte[] bytes) throws IOException {
        to.write(bytes);
        written += bytes.length;
    }

    private void fill() throws IOException {
        write(new byte[(int) (-written & ALIGNMENT - 1)]);
    }

    /// Ends the archive.
    @Override
    public void close() throws IOException {
        try (to) {
            add(END, 0, new byte[0]);
        }
    }
}
