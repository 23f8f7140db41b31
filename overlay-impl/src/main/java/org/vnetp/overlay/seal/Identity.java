package org.vnetp.overlay.seal;

import java.security.SecureRandom;

/// A node's static pair of keys: who it is, to its peers. The secret leaves this package by [KeyFiles] only.
public final class Identity {
    private final byte[] secret;
    private final byte[] publicKey;

    Identity(byte[] secret) {
        this.secret = secret.clone();
        this.publicKey = X25519.publicKey(secret);
    }

    /// A new one.
    static Identity create(SecureRandom random) {
        return new Identity(X25519.newPrivateKey(random));
    }

    /// A copy, which its user wipes.
    byte[] secret() {
        return secret.clone();
    }

    byte[] publicKey() {
        return publicKey.clone();
    }

    /// What peers are told, as [PublicKeys#text].
    public String publicText() {
        return PublicKeys.text(publicKey);
    }

    @Override
    public String toString() {
        return publicText();
    }
}
