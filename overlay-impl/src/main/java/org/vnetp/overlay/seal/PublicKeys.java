package org.vnetp.overlay.seal;

import java.util.Base64;
import java.util.Optional;

/// Public keys as text: `x25519:` and 43 characters of URL-safe Base64. A key is its own fingerprint.
public final class PublicKeys {
    static final String PREFIX = "x25519:";

    private static final int CHARACTERS = 43;

    private PublicKeys() {}

    static String text(byte[] key) {
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    }

    /// Whether it is a public key's text.
    public static boolean isKey(String text) {
        return read(text).isPresent();
    }

    /// The key of a text; empty where it is none.
    static Optional<byte[]> read(String text) {
        if (!text.startsWith(PREFIX) || text.length() != PREFIX.length() + CHARACTERS) {
            return Optional.empty();
        }
        try {
            byte[] key = Base64.getUrlDecoder().decode(text.substring(PREFIX.length()));
            return key.length == X25519.LENGTH && text(key).equals(text) ? Optional.of(key) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
