package org.vnetp.overlay.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;
import org.vnetp.overlay.posix.IpsecMb;
import org.vnetp.overlay.posix.Libcrypto;

/// Where ciphers come from: AES-GCM from Intel's ipsec-mb where this machine has it, else from OpenSSL's
/// libcrypto, else from the JDK. What is chosen must agree with the JDK's, byte for byte, at every length that
/// a link uses, before the link sends by it: all of them have had bugs at single lengths (JDK-8371864 in the
/// JDK's code for AVX-512).
public final class Ciphers {
    // What has been found good in this process: no longer texts than these.
    private static final Map<Suite, Integer> PROVEN = new EnumMap<>(Suite.class);

    private static final int SALT = 0x0BADCAFE;

    private Ciphers() {}

    /// Where a cipher comes from here, as `show links` says it.
    public static String origin(Suite suite) {
        if (byMb(suite)) {
            return "ipsec-mb " + IpsecMb.variant().orElseThrow();
        }
        return Libcrypto.version().isPresent() ? "libcrypto" : "jdk";
    }

    private static boolean byMb(Suite suite) {
        return suite != Suite.CHACHA20_POLY1305 && IpsecMb.variant().isPresent();
    }

    /// A key for one direction, by what is here.
    ///
    /// @param key  copied
    /// @param salt of the nonces
    public static Aead make(Suite suite, byte[] key, int salt, boolean sealing) {
        if (byMb(suite)) {
            return new MbAead(key, salt);
        }
        return Libcrypto.version().isPresent()
                ? new NativeAead(suite, key, salt, sealing)
                : ofJdk(suite, key, salt, sealing);
    }

    /// The same by libcrypto, to be compared with.
    public static Aead ofLibcrypto(Suite suite, byte[] key, int salt, boolean sealing) {
        return new NativeAead(suite, key, salt, sealing);
    }

    /// The same by the JDK, to be compared with.
    public static Aead ofJdk(Suite suite, byte[] key, int salt, boolean sealing) {
        return new JdkAead(suite, key, salt, sealing);
    }

    /// Seals and opens a text of every length up to `longest` bytes, and one with a wrong bit.
    ///
    /// @throws IllegalStateException naming cipher and length where something is not as it should be: the
    ///         link must not open
    public static void prove(Suite suite, int longest) {
        synchronized (PROVEN) {
            int first = PROVEN.getOrDefault(suite, -1) + 1;
            if (first > longest) {
                return;
            }
            byte[] key = new byte[suite.keyLength()];
            for (int i = 0; i < key.length; i++) {
                key[i] = (byte) (17 * i + 3);
            }
            try (Arena arena = Arena.ofConfined();
                    Aead sealing = make(suite, key, SALT, true);
                    Aead opening = make(suite, key, SALT, false);
                    Aead other = ofJdk(suite, key, SALT, true)) {
                compare(arena, suite, first, longest, sealing, opening, other);
            }
            PROVEN.put(suite, longest);
        }
    }

    private static void compare(
            Arena arena, Suite suite, int first, int longest, Aead sealing, Aead opening, Aead other) {
        long room = Aead.HEADER + longest + Aead.TAG;
        MemorySegment text = arena.allocate(room, 64);
        for (long i = 0; i < room; i++) {
            text.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31 + (i >>> 8)));
        }
        MemorySegment ours = arena.allocate(room, 64);
        MemorySegment theirs = arena.allocate(room, 64);
        for (int length = first; length <= longest; length++) {
            long bytes = Aead.HEADER + length + Aead.TAG;
            text.set(ValueLayout.JAVA_INT, Aead.HEADER - Integer.BYTES, length);
            MemorySegment.copy(text, 0, ours, 0, Aead.HEADER);
            MemorySegment.copy(text, 0, theirs, 0, Aead.HEADER);
            sealing.seal(ours.address(), text.address() + Aead.HEADER, length);
            other.seal(theirs.address(), text.address() + Aead.HEADER, length);
            require(ours.asSlice(0, bytes).mismatch(theirs.asSlice(0, bytes)) < 0, suite, length, "sealed otherwise");
            long flipped = Aead.HEADER + length + length % Aead.TAG;
            theirs.set(ValueLayout.JAVA_BYTE, flipped, (byte) (theirs.get(ValueLayout.JAVA_BYTE, flipped) ^ 1));
            require(!opening.open(theirs.address(), length), suite, length, "a wrong tag opens");
            require(opening.open(ours.address(), length), suite, length, "does not open what was sealed");
            require(
                    ours.asSlice(Aead.HEADER, length).mismatch(text.asSlice(Aead.HEADER, length)) < 0,
                    suite,
                    length,
                    "opens to something else");
        }
    }

    private static void require(boolean good, Suite suite, int length, String what) {
        if (!good) {
            throw new IllegalStateException("self-test of " + suite.label() + " by " + origin(suite) + " at " + length
                    + " bytes: " + what + "; expected the same as the JDK's own. No link is sealed by it");
        }
    }
}
