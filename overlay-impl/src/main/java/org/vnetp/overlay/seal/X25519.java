package org.vnetp.overlay.seal;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;

/// X25519 (RFC 7748) over raw bytes, by the JDK.
final class X25519 {
    static final int LENGTH = 32;

    private static final String ALGORITHM = "X25519";
    private static final byte[] BASE_POINT = new byte[LENGTH];

    static {
        BASE_POINT[0] = 9;
    }

    private X25519() {}

    static byte[] newPrivateKey(SecureRandom random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        return key;
    }

    static byte[] publicKey(byte[] privateKey) {
        return agree(privateKey, BASE_POINT);
    }

    /// @throws HandshakeException where the other's key is no key: the result would be known to everybody
    static byte[] shared(byte[] privateKey, byte[] publicKey) throws HandshakeException {
        try {
            return agree(privateKey, publicKey);
        } catch (IllegalArgumentException e) {
            throw new HandshakeException("a public key of small order", e);
        }
    }

    private static byte[] agree(byte[] privateKey, byte[] publicKey) {
        KeyAgreement agreement;
        PublicKey theirs;
        try {
            KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
            PrivateKey ours = factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey));
            theirs = factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, number(publicKey)));
            agreement = KeyAgreement.getInstance(ALGORITHM);
            agreement.init(ours);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do " + ALGORITHM, e);
        }
        try {
            agreement.doPhase(theirs, true);
            return agreement.generateSecret();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /// Little-endian; RFC 7748 has the topmost bit ignored.
    private static BigInteger number(byte[] key) {
        byte[] big = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            big[i] = key[LENGTH - 1 - i];
        }
        big[0] &= 0x7F;
        return new BigInteger(1, big);
    }
}
