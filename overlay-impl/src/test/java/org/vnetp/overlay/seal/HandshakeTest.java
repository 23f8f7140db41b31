package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private final SecureRandom random = new SecureRandom();
    private final Identity one = Identity.create(random);
    private final Identity other = Identity.create(random);
    private final Identity stranger = Identity.create(random);

    private Handshake begin(Identity own, Identity peer, int network, Suite suite) {
        return Handshake.initiator(own, peer.publicKey(), network, suite, random);
    }

    private Handshake answer(Identity own, Identity peer, int network, Suite suite) {
        return Handshake.responder(own, peer.publicKey(), network, suite, random);
    }

    @Test
    void bothEndsGetTheSameSecretsEachTimeOthers() throws Exception {
        byte[] before = null;
        for (int i = 0; i < 3; i++) {
            Handshake initiator = begin(one, other, 42, Suite.AES_128_GCM);
            Handshake responder = answer(other, one, 42, Suite.AES_128_GCM);
            byte[] first = initiator.first(0x8001, 77);
            assertEquals(Handshake.FIRST_LENGTH, first.length);
            assertEquals(new Handshake.First(0x8001, 77), responder.readFirst(first));
            Handshake.Secrets theirs = responder.second(5);
            assertEquals(Handshake.SECOND_LENGTH, responder.answer().length);
            Handshake.Secrets ours = initiator.readSecond(responder.answer());
            assertEquals(5, ours.keys());
            assertArrayEquals(ours.out(), theirs.in());
            assertArrayEquals(ours.in(), theirs.out());
            assertTrue(Handshake.confirms(ours.confirmation(), theirs.confirmation()));
            assertFalse(java.util.Arrays.equals(ours.in(), ours.out()));
            assertFalse(java.util.Arrays.equals(before, ours.out()));
            before = ours.out();
        }
    }

    @Test
    void anotherKeyNetworkOrCipherGetsNoAnswer() throws Exception {
        byte[] right = begin(one, other, 42, Suite.AES_128_GCM).first(0, 0);
        answer(other, one, 42, Suite.AES_128_GCM).readFirst(right);
        for (Handshake wrong : new Handshake[] {
            answer(other, stranger, 42, Suite.AES_128_GCM),
            answer(stranger, one, 42, Suite.AES_128_GCM),
            answer(other, one, 43, Suite.AES_128_GCM),
            answer(other, one, 42, Suite.AES_256_GCM),
            // Reflected to its sender.
            answer(one, other, 42, Suite.AES_128_GCM)
        }) {
            assertThrows(HandshakeException.class, () -> wrong.readFirst(right));
        }
        byte[] strangers = begin(stranger, other, 42, Suite.AES_128_GCM).first(0, 0);
        assertThrows(
                HandshakeException.class,
                () -> answer(other, one, 42, Suite.AES_128_GCM).readFirst(strangers));
    }

    @Test
    void anyAlteredByteEndsIt() throws Exception {
        byte[] first = begin(one, other, 1, Suite.AES_128_GCM).first(0, 0);
        for (int at = 0; at < first.length; at += 13) {
            byte[] altered = first.clone();
            altered[at] ^= 1;
            assertThrows(
                    HandshakeException.class,
                    () -> answer(other, one, 1, Suite.AES_128_GCM).readFirst(altered));
        }
        for (int at = 0; at < Handshake.SECOND_LENGTH; at += 37) {
            Handshake initiator = begin(one, other, 1, Suite.AES_128_GCM);
            Handshake responder = answer(other, one, 1, Suite.AES_128_GCM);
            responder.readFirst(initiator.first(0, 0));
            responder.second(0);
            byte[] altered = responder.answer().clone();
            altered[at] ^= 1;
            assertThrows(HandshakeException.class, () -> initiator.readSecond(altered));
        }
        assertThrows(
                HandshakeException.class,
                () -> answer(other, one, 1, Suite.AES_128_GCM).readFirst(new byte[3]));
    }

    /// An answer recorded before is none to another attempt.
    @Test
    void anOldAnswerIsNone() throws Exception {
        Handshake before = begin(one, other, 1, Suite.AES_128_GCM);
        Handshake responder = answer(other, one, 1, Suite.AES_128_GCM);
        responder.readFirst(before.first(0, 0));
        responder.second(0);
        Handshake now = begin(one, other, 1, Suite.AES_128_GCM);
        now.first(0, 0);
        assertThrows(HandshakeException.class, () -> now.readSecond(responder.answer()));
    }

    /// RFC 7748, section 6.1's points of small order would make the result known.
    @Test
    void aKeyOfSmallOrderIsRefused() {
        assertThrows(HandshakeException.class, () -> X25519.shared(one.secret(), new byte[32]));
    }
}
