package org.vnetp.overlay.seal;

/// The ciphers that a sealed link can have. Both ends are told the same; nothing is negotiated.
public enum Suite {
    /// NIST SP 800-38D; the fastest where the processor has instructions for it.
    AES_128_GCM("AES-128-GCM", "AES/GCM/NoPadding", "AES", 16),
    /// The same with a longer key.
    AES_256_GCM("AES-256-GCM", "AES/GCM/NoPadding", "AES", 32),
    /// RFC 8439; for processors without such instructions.
    CHACHA20_POLY1305("ChaCha20-Poly1305", "ChaCha20-Poly1305", "ChaCha20", 32);

    private final String libcryptoName;
    private final String transformation;
    private final String keyAlgorithm;
    private final int keyLength;

    Suite(String libcryptoName, String transformation, String keyAlgorithm, int keyLength) {
        this.libcryptoName = libcryptoName;
        this.transformation = transformation;
        this.keyAlgorithm = keyAlgorithm;
        this.keyLength = keyLength;
    }

    String libcryptoName() {
        return libcryptoName;
    }

    String transformation() {
        return transformation;
    }

    String keyAlgorithm() {
        return keyAlgorithm;
    }

    /// Bytes of a key.
    public int keyLength() {
        return keyLength;
    }

    /// As in statements and `show links`, such as `aes-128-gcm`.
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
