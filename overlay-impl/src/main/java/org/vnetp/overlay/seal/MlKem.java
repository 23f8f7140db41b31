package org.vnetp.overlay.seal;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.DecapsulateException;
import javax.crypto.KEM;

/// ML-KEM-768 (FIPS 203) over raw bytes, by the JDK (JEP 496).
final class MlKem {
    static final int PUBLIC_KEY_LENGTH = 1184;
    static final int CIPHERTEXT_LENGTH = 1088;

    private static final String ALGORITHM = "ML-KEM-768";

    /// What stands before the raw key in X.509's form: the algorithm 2.16.840.1.101.3.4.4.2 (RFC 9935), and a
    /// bit string of 1185 bytes, the first of which is 0.
    private static final byte[] PREFIX = HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

    private final byte[] publicKey;
    private final PrivateKey privateKey;

    /// A new pair of keys.
    MlKem() {
        KeyPair pair;
        try {
            pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do " + ALGORITHM, e);
        }
        byte[] encoded = pair.getPublic().getEncoded();
        publicKey = Arrays.copyOfRange(encoded, encoded.length - PUBLIC_KEY_LENGTH, encoded.length);
        privateKey = pair.getPrivate();
    }

    byte[] publicKey() {
        return publicKey;
    }

    /// The secret that a ciphertext holds; another one, not an error, where it was made for another key
    /// (FIPS 203's implicit rejection).
    byte[] decapsulate(byte[] ciphertext) throws HandshakeException {
        try {
            return KEM.getInstance(ALGORITHM)
                    .newDecapsulator(privateKey)
                    .decapsulate(ciphertext)
                    .getEncoded();
        } catch (DecapsulateException e) {
            throw new HandshakeException("no ML-KEM ciphertext", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do " + ALGORITHM, e);
        }
    }

    /// A new secret, and what tells it to the owner of a public key.
    static KEM.Encapsulated encapsulateFor(byte[] theirs) throws HandshakeException {
        byte[] encoded = Arrays.copyOf(PREFIX, PREFIX.length + PUBLIC_KEY_LENGTH);
        System.arraycopy(theirs, 0, encoded, PREFIX.length, PUBLIC_KEY_LENGTH);
        try {
            PublicKey key = KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
            return KEM.getInstance(ALGORITHM).newEncapsulator(key).encapsulate();
        } catch (InvalidKeySpecException | InvalidKeyException e) {
            throw new HandshakeException("no ML-KEM key", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot do " + ALGORITHM, e);
        }
    }
}
