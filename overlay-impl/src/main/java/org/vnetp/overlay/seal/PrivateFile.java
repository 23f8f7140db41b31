package org.vnetp.overlay.seal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.vnetp.overlay.posix.Posix;

/// Files that hold secrets: only what nobody but the node's user can read or write is taken for one.
public final class PrivateFile {
    private static final int MOST_BYTES = 4096;
    private static final int PERMISSIONS = 0777;
    private static final int OTHERS = 077;

    private PrivateFile() {}

    /// The contents of a file.
    ///
    /// @param remedy where such a file comes from, for the message when there is none
    /// @throws IOException naming the file, what was expected and what came; never with anything of the
    ///         contents
    public static String read(Path file, String remedy) throws IOException {
        Map<String, Object> attributes;
        try {
            attributes = Files.readAttributes(file, "unix:mode,uid,isRegularFile,size");
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": no such file; " + remedy, e);
        }
        if (!(Boolean) attributes.get("isRegularFile")) {
            throw new IOException(file + ": is no file; " + remedy);
        }
        int mode = (Integer) attributes.get("mode") & PERMISSIONS;
        if ((mode & OTHERS) != 0) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "%s: has mode %04o; expected 0600: a secret is for its owner only, and this one may be known to others",
                    file,
                    mode));
        }
        int owner = (Integer) attributes.get("uid");
        if (owner != Posix.effectiveUser()) {
            throw new IOException(file + ": belongs to user " + owner + "; expected user " + Posix.effectiveUser()
                    + ", who runs this");
        }
        if ((Long) attributes.get("size") > MOST_BYTES) {
            throw new IOException(file + ": has more than " + MOST_BYTES + " bytes, which is too long for a secret");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
