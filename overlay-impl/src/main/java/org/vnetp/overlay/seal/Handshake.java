package org.vnetp.overlay.seal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.KEM;

/// How two nodes that know each other's public keys agree upon new secrets: Noise's pattern KK, made hybrid
/// by a KEM as in the Noise extension for hybrid forward secrecy:
///
/// ```
/// Noise_KKhfs_25519+MLKEM768_AESGCM_SHA256
///   -> s
///   <- s
///   ...
///   -> e, es, e1, ss     keys in use (2), newest stamp of the responder (8)
///   <- e, ee, ekem1, se  keys' number (1)
///   -> confirmation
/// ```
///
/// - Both ends prove their static keys (es, ss, se), and neither says who it is.
/// - Ephemeral keys make the past safe from whoever gets the static ones later (ee).
/// - ML-KEM-768 makes what is recorded today safe from a quantum computer of tomorrow: who breaks X25519
///   still lacks
/// the
///   KEM's secret. Static keys are X25519 only, so such a computer could, once it exists, play a node.
/// - The prologue holds the network's number and the cipher: ends that differ in these do not understand
///   each other.
///
/// The third message, a value that only who has the secrets knows, tells the responder that it may send by
/// them. One object is one attempt of one end. One thread.
final class Handshake {
    private static final int FIRST_PAYLOAD = Short.BYTES + Long.BYTES;

    /// Bytes of the first message.
    static final int FIRST_LENGTH = X25519.LENGTH + MlKem.PUBLIC_KEY_LENGTH + Aead.TAG + FIRST_PAYLOAD + Aead.TAG;

    /// Bytes of the second message.
    static final int SECOND_LENGTH = X25519.LENGTH + MlKem.CIPHERTEXT_LENGTH + Aead.TAG + 1 + Aead.TAG;

    /// Bytes of the confirmation.
    static final int CONFIRMATION_LENGTH = 32;

    private static final String PROTOCOL = "Noise_KKhfs_25519+MLKEM768_AESGCM_SHA256";
    private static final String PROLOGUE = "vnetp sealed link 1";
    private static final int SECRET = 32;

    /// What the first message says.
    ///
    /// @param keysInUse   the numbers that keys of the initiator have, as bits
    /// @param newestStamp of the responder's handshakes that the initiator has had: the responder's are to
    ///         be newer
    record First(int keysInUse, long newestStamp) {}

    /// What a handshake ends in.
    ///
    /// @param initiator whether this end began it
    /// @param keys      the number by which datagrams call the keys
    /// @param out       32 secret bytes for what this end sends
    /// @param in        32 secret bytes for what it receives
    /// @param confirmation what the initiator sends, and the responder expects
    record Secrets(boolean initiator, int keys, byte[] out, byte[] in, byte[] confirmation) {
        /// The confirmation is kept.
        void wipe() {
            Arrays.fill(out, (byte) 0);
            Arrays.fill(in, (byte) 0);
        }
    }

    private final NoiseState state;
    private final byte[] ownStatic;
    private final byte[] theirStatic;
    private final SecureRandom random;
    private byte[] ownEphemeral;
    private MlKem kem;

    private Handshake(Identity own, byte[] peer, boolean initiator, int network, Suite suite, SecureRandom random) {
        this.ownStatic = own.secret();
        this.theirStatic = peer.clone();
        this.random = random;
        this.state = new NoiseState(PROTOCOL);
        state.mixHash((PROLOGUE + " network " + network + " " + suite.label()).getBytes(StandardCharsets.US_ASCII));
        state.mixHash(initiator ? own.publicKey() : peer);
        state.mixHash(initiator ? peer : own.publicKey());
    }

    /// This end begins.
    static Handshake initiator(Identity own, byte[] peer, int network, Suite suite, SecureRandom random) {
        return new Handshake(own, peer, true, network, suite, random);
    }

    /// This end answers.
    static Handshake responder(Identity own, byte[] peer, int network, Suite suite, SecureRandom random) {
        return new Handshake(own, peer, false, network, suite, random);
    }

    // --- the messages, in their order ---

    /// The initiator's first message.
    ///
    /// @param keysInUse   a bit for each number that keys of this end have
    /// @param newestStamp of the handshakes that have come from the responder
    byte[] first(int keysInUse, long newestStamp) throws HandshakeException {
        ownEphemeral = X25519.newPrivateKey(random);
        byte[] e = X25519.publicKey(ownEphemeral);
        state.mixHash(e);
        state.mixKey(X25519.shared(ownEphemeral, theirStatic));
        kem = new MlKem();
        byte[] e1 = state.seal(kem.publicKey());
        state.mixKey(X25519.shared(ownStatic, theirStatic));
        byte[] payload = state.seal(ByteBuffer.allocate(FIRST_PAYLOAD)
                .putShort((short) keysInUse)
                .putLong(newestStamp)
                .array());
        return join(e, e1, payload);
    }

    /// What the responder makes of it.
    ///
    /// @param message the first message
    /// @return what it says
    /// @throws HandshakeException where it is not the peer's; this object is of no use then
    First readFirst(byte[] message) throws HandshakeException {
        ByteBuffer in = received(message, FIRST_LENGTH);
        theirEphemeral = take(in, X25519.LENGTH);
        state.mixHash(theirEphemeral);
        state.mixKey(X25519.shared(ownStatic, theirEphemeral));
        theirKem = state.open(take(in, MlKem.PUBLIC_KEY_LENGTH + Aead.TAG));
        state.mixKey(X25519.shared(ownStatic, theirStatic));
        ByteBuffer payload = ByteBuffer.wrap(state.open(take(in, FIRST_PAYLOAD + Aead.TAG)));
        return new First(Short.toUnsignedInt(payload.getShort()), payload.getLong());
    }

    private byte[] theirEphemeral;
    private byte[] theirKem;
    private byte[] answer;

    /// The responder's message, to be asked for after this: [#answer].
    ///
    /// @param keys the number that the keys get
    Secrets second(int keys) throws HandshakeException {
        ownEphemeral = X25519.newPrivateKey(random);
        byte[] e = X25519.publicKey(ownEphemeral);
        state.mixHash(e);
        state.mixKey(X25519.shared(ownEphemeral, theirEphemeral));
        KEM.Encapsulated encapsulated = MlKem.encapsulateFor(theirKem);
        byte[] ekem1 = state.seal(encapsulated.encapsulation());
        state.mixKey(encapsulated.key().getEncoded());
        state.mixKey(X25519.shared(ownEphemeral, theirStatic));
        byte[] payload = state.seal(new byte[] {(byte) keys});
        answer = join(e, ekem1, payload);
        return end(false, keys);
    }

    byte[] answer() {
        return answer;
    }

    /// What the initiator makes of it.
    ///
    /// @throws HandshakeException where it is no answer to this attempt's first message; this object is of
    ///         no use then
    Secrets readSecond(byte[] message) throws HandshakeException {
        ByteBuffer in = received(message, SECOND_LENGTH);
        byte[] e = take(in, X25519.LENGTH);
        state.mixHash(e);
        state.mixKey(X25519.shared(ownEphemeral, e));
        byte[] ciphertext = state.open(take(in, MlKem.CIPHERTEXT_LENGTH + Aead.TAG));
        state.mixKey(kem.decapsulate(ciphertext));
        state.mixKey(X25519.shared(ownStatic, e));
        byte[] payload = state.open(take(in, 1 + Aead.TAG));
        return end(true, payload[0] & 15);
    }

    private Secrets end(boolean initiator, int keys) {
        byte[] both = state.split();
        byte[] initiators = Arrays.copyOf(both, SECRET);
        byte[] responders = Arrays.copyOfRange(both, SECRET, 2 * SECRET);
        Arrays.fill(both, (byte) 0);
        byte[] confirmation = Kdf.expand(initiators, "vnetp confirmation", CONFIRMATION_LENGTH);
        wipe();
        return new Secrets(
                initiator,
                keys,
                initiator ? initiators : responders,
                initiator ? responders : initiators,
                confirmation);
    }

    /// Whether a third message is the one expected; takes as long either way.
    static boolean confirms(byte[] message, byte[] expected) {
        return MessageDigest.isEqual(message, expected);
    }

    /// Gives up: what could be told from this object is wiped.
    void wipe() {
        state.wipe();
        Arrays.fill(ownStatic, (byte) 0);
        if (ownEphemeral != null) {
            Arrays.fill(ownEphemeral, (byte) 0);
        }
    }

    private static ByteBuffer received(byte[] message, int length) throws HandshakeException {
        if (message.length != length) {
            throw new HandshakeException("a message of " + message.length + " bytes; expected " + length);
        }
        return ByteBuffer.wrap(message);
    }

    private static byte[] take(ByteBuffer from, int length) {
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
