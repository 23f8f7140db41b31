package org.vnetp.overlay.seal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Noise's SymmetricState with AES-256-GCM and SHA-256 (The Noise Protocol Framework, revision 34, sections
/// 5.1 and
/// 5.2):
/// a chaining key, a hash over all that was said, and the key in force.
final class NoiseState {
    private static final int HASH = 32;
    private static final int TAG_BITS = 128;
    private static final int NONCE = 12;

    private final MessageDigest digest;
    private byte[] chainingKey;
    private byte[] hash;
    private byte[] key;
    private long nonce;

    /// @param protocol the protocol's full name
    NoiseState(String protocol) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
        byte[] name = protocol.getBytes(StandardCharsets.US_ASCII);
        hash = name.length <= HASH ? Arrays.copyOf(name, HASH) : digest.digest(name);
        chainingKey = hash.clone();
    }

    void mixHash(byte[] data) {
        digest.update(hash);
        hash = digest.digest(data);
    }

    void mixKey(byte[] material) {
        byte[] both = Kdf.derive(chainingKey, material, 2 * HASH);
        Arrays.fill(material, (byte) 0);
        Arrays.fill(chainingKey, (byte) 0);
        chainingKey = Arrays.copyOf(both, HASH);
        wipeKey();
        key = Arrays.copyOfRange(both, HASH, 2 * HASH);
        nonce = 0;
        Arrays.fill(both, (byte) 0);
    }

    /// EncryptAndHash.
    byte[] seal(byte[] text) {
        byte[] sealed;
        try {
            sealed = cipher(Cipher.ENCRYPT_MODE, text);
        } catch (AEADBadTagException e) {
            throw new IllegalStateException(e);
        }
        mixHash(sealed);
        return sealed;
    }

    /// DecryptAndHash.
    byte[] open(byte[] sealed) throws HandshakeException {
        byte[] text;
        try {
            text = cipher(Cipher.DECRYPT_MODE, sealed);
        } catch (AEADBadTagException e) {
            throw new HandshakeException("does not open", e);
        }
        mixHash(sealed);
        return text;
    }

    private byte[] cipher(int mode, byte[] data) throws AEADBadTagException {
        if (key == null) {
            throw new IllegalStateException("no key has been mixed in yet");
        }
        byte[] iv =
                ByteBuffer.allocate(NONCE).putLong(NONCE - Long.BYTES, nonce).array();
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, iv));
            cipher.updateAAD(hash);
            byte[] result = cipher.doFinal(data);
            nonce++;
            return result;
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do AES-256-GCM", e);
        }
    }

    /// Split: the initiator's key and the responder's, one behind the other. Nothing can be done with this
    /// object afterwards.
    byte[] split() {
        byte[] both = Kdf.derive(chainingKey, new byte[0], 2 * HASH);
        wipe();
        return both;
    }

    /// The hash over all that was said.
    byte[] hash() {
        return hash.clone();
    }

    void wipe() {
        Arrays.fill(chainingKey, (byte) 0);
        wipeKey();
    }

    private void wipeKey() {
        if (key != null) {
            Arrays.fill(key, (byte) 0);
        }
    }
}
