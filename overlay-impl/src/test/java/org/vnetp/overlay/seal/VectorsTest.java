package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.posix.IpsecMb;
import org.vnetp.overlay.posix.Libcrypto;

/// Ciphers and handshake against the vectors of others.
class VectorsTest {
    private static final HexFormat HEX = HexFormat.of();

    private record Vector(
            String cipher,
            String id,
            boolean valid,
            byte[] key,
            byte[] nonce,
            byte[] associated,
            byte[] text,
            byte[] sealed) {}

    private static List<Vector> wycheproof() throws Exception {
        try (InputStream in = VectorsTest.class.getResourceAsStream("wycheproof.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(VectorsTest::vector)
                    .toList();
        }
    }

    private static Vector vector(String line) {
        String[] words = line.split(" ");
        return new Vector(
                words[0],
                words[1],
                words[2].equals("valid"),
                bytes(words[3]),
                bytes(words[4]),
                bytes(words[5]),
                bytes(words[6]),
                HEX.parseHex((words[7].equals("-") ? "" : words[7]) + words[8]));
    }

    private static byte[] bytes(String hex) {
        return hex.equals("-") ? new byte[0] : HEX.parseHex(hex);
    }

    @Test
    void libcryptoDoesWhatWycheproofSays() throws Exception {
        Assumptions.assumeTrue(Libcrypto.version().isPresent(), "no libcrypto here");
        int seen = 0;
        for (Vector each : wycheproof()) {
            seen++;
            try (Libcrypto sealing = new Libcrypto(each.cipher(), each.key(), true);
                    Libcrypto opening = new Libcrypto(each.cipher(), each.key(), false)) {
                holds(
                        each,
                        (salt, counter, associated, associatedLength, from, to, length) ->
                                assertTrue(sealing.seal(salt, counter, associated, associatedLength, from, to, length)),
                        opening::open);
            }
        }
        assertEquals(449, seen);
    }

    @Test
    void ipsecMbDoesWhatWycheproofSays() throws Exception {
        Assumptions.assumeTrue(IpsecMb.variant().isPresent(), "no ipsec-mb here");
        for (Vector each : wycheproof()) {
            if (each.cipher().startsWith("ChaCha")) {
                continue;
            }
            try (IpsecMb cipher = new IpsecMb(each.key())) {
                holds(each, cipher::seal, cipher::open);
            }
        }
    }

    private interface Seals {
        void seal(int salt, long counter, long associated, int associatedLength, long from, long to, int length);
    }

    private interface Opens {
        boolean open(int salt, long counter, long associated, int associatedLength, long at, int length);
    }

    private static void holds(Vector each, Seals sealing, Opens opening) {
        String what = each.cipher() + " " + each.id();
        try (Arena arena = Arena.ofConfined()) {
            int length = each.text().length;
            int associatedLength = each.associated().length;
            MemorySegment associated = put(arena, each.associated());
            MemorySegment at = arena.allocate(length + Libcrypto.TAG_LENGTH + 1L);
            ByteBuffer nonce = ByteBuffer.wrap(each.nonce());
            int salt = nonce.getInt();
            long counter = nonce.getLong();
            MemorySegment text = put(arena, each.text());
            sealing.seal(salt, counter, associated.address(), associatedLength, text.address(), at.address(), length);
            if (each.valid()) {
                assertArrayEquals(each.sealed(), get(at, length + Libcrypto.TAG_LENGTH), what);
            }
            MemorySegment.copy(each.sealed(), 0, at, ValueLayout.JAVA_BYTE, 0, each.sealed().length);
            assertEquals(
                    each.valid(),
                    opening.open(salt, counter, associated.address(), associatedLength, at.address(), length),
                    what);
            if (each.valid()) {
                assertArrayEquals(each.text(), get(at, length), what);
            }
        }
    }

    @Test
    void theJdkDoesWhatWycheproofSays() throws Exception {
        for (Vector each : wycheproof()) {
            boolean chacha = each.cipher().startsWith("ChaCha");
            Cipher cipher = Cipher.getInstance(chacha ? "ChaCha20-Poly1305" : "AES/GCM/NoPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    new SecretKeySpec(each.key(), chacha ? "ChaCha20" : "AES"),
                    chacha ? new IvParameterSpec(each.nonce()) : new GCMParameterSpec(128, each.nonce()));
            cipher.updateAAD(each.associated());
            byte[] text;
            try {
                text = cipher.doFinal(each.sealed());
            } catch (GeneralSecurityException e) {
                assertFalse(each.valid(), each.cipher() + " " + each.id());
                continue;
            }
            assertTrue(each.valid(), each.cipher() + " " + each.id());
            assertArrayEquals(each.text(), text);
        }
    }

    private static MemorySegment put(Arena arena, byte[] bytes) {
        MemorySegment segment = arena.allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    private static byte[] get(MemorySegment segment, int length) {
        return segment.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Every length, all suites: libcrypto, where it is, and the JDK make the same bytes.
    @Test
    void bothOriginsAgreeAtEveryLength() {
        for (Suite suite : Suite.values()) {
            Ciphers.prove(suite, suite == Suite.AES_128_GCM ? 9000 : 1500);
        }
        try (Arena arena = Arena.ofConfined()) {
            if (IpsecMb.variant().isPresent()) {
                assertTrue(Ciphers.origin(Suite.AES_128_GCM).startsWith("ipsec-mb"));
            }
            int length = 65_536;
            byte[] key = new byte[16];
            MemorySegment one = arena.allocate(length + 32L);
            MemorySegment other = arena.allocate(length + 32L);
            try (Aead ours = Ciphers.make(Suite.AES_128_GCM, key, 1, true);
                    Aead jdk = new JdkAead(Suite.AES_128_GCM, key, 1, true)) {
                ours.seal(one.address(), one.address() + Aead.HEADER, length);
                jdk.seal(other.address(), other.address() + Aead.HEADER, length);
                assertEquals(-1, one.mismatch(other));
            }
            try (Aead jdk = new JdkAead(Suite.AES_128_GCM, key, 1, false)) {
                assertTrue(jdk.open(one.address(), length));
                one.set(ValueLayout.JAVA_BYTE, 3, (byte) 1);
                assertFalse(jdk.open(one.address(), length));
            }
        }
    }

    /// `Noise_KK_25519_AESGCM_SHA256` of cacophony.txt (in snow's repository, revision
    /// 8ac60f51cfe3e010c84f0a454cc575ad9204fa12, public domain data), put together of the parts that
    /// [Handshake] is made of: all but the tokens of the KEM.
    @Test
    void theStateIsNoises() throws Exception {
        byte[] initiator = HEX.parseHex("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1");
        byte[] responder = HEX.parseHex("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893");
        byte[] initiatorEphemeral = HEX.parseHex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a");
        byte[] responderEphemeral = HEX.parseHex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b");
        byte[] initiatorPublic = X25519.publicKey(initiator);
        byte[] responderPublic = X25519.publicKey(responder);
        assertEquals(
                "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a", HEX.formatHex(initiatorPublic));
        assertEquals(
                "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62", HEX.formatHex(responderPublic));

        NoiseState state = new NoiseState("Noise_KK_25519_AESGCM_SHA256");
        state.mixHash(HEX.parseHex("4a6f686e2047616c74"));
        state.mixHash(initiatorPublic);
        state.mixHash(responderPublic);
        // -> e, es, ss
        byte[] e = X25519.publicKey(initiatorEphemeral);
        state.mixHash(e);
        state.mixKey(X25519.shared(initiatorEphemeral, responderPublic));
        state.mixKey(X25519.shared(initiator, responderPublic));
        byte[] first = state.seal(HEX.parseHex("4c756477696720766f6e204d69736573"));
        assertEquals(
                "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79448564738a841228e693caeec4c497a8bd56223"
                        + "1c3e51a1f03c4fd45dfe3a67870",
                HEX.formatHex(e) + HEX.formatHex(first));
        // <- e, ee, se
        byte[] theirs = X25519.publicKey(responderEphemeral);
        state.mixHash(theirs);
        state.mixKey(X25519.shared(responderEphemeral, e));
        state.mixKey(X25519.shared(responderEphemeral, initiatorPublic));
        byte[] second = state.seal(HEX.parseHex("4d757272617920526f746862617264"));
        assertEquals(
                "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843b94504c4d83506f5dd2568b68490eba8ed6f9"
                        + "cf2cca194a273c56d7ae3c558",
                HEX.formatHex(theirs) + HEX.formatHex(second));
        assertEquals("c03693acd830588fac76dd414c9e100e8c601d27511de855100239f7705fa3f2", HEX.formatHex(state.hash()));
        byte[] keys = state.split();
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE, new SecretKeySpec(keys, 0, 32, "AES"), new GCMParameterSpec(128, new byte[12]));
        assertEquals(
                "6a5c10a201d4e3a08f79f64949e55731f774913a4d949bda3fcebf",
                HEX.formatHex(cipher.doFinal(HEX.parseHex("462e20412e20486179656b"))));
    }
}
