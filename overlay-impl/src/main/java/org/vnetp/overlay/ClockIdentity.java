package org.vnetp.overlay;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Tells nodes whether they read the same time of day: those on one running kernel do, in whatever
/// namespaces. The kernel's random boot id names it, and does not leave the machine but as a digest.
final class ClockIdentity {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /// 0 where it is not known.
    static final long HERE = here();

    private ClockIdentity() {}

    private static long here() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(("vnetp clock " + Files.readString(BOOT_ID).strip()).getBytes(StandardCharsets.US_ASCII));
            return ByteBuffer.wrap(digest).getLong();
        } catch (IOException e) {
            return 0;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
