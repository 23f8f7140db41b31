package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.posix.Libcrypto;

/// OpenSSL's: in place, without a copy or an allocation.
final class NativeAead implements Aead {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int NONCE = 8;

    private final Libcrypto cipher;
    private final int salt;

    NativeAead(Suite suite, byte[] key, int salt, boolean sealing) {
        this.cipher = new Libcrypto(suite.libcryptoName(), key, sealing);
        this.salt = salt;
    }

    @Override
    public void seal(long header, long text, int length) {
        if (!cipher.seal(salt, MEMORY.get(LONG, header + NONCE), header, HEADER, text, header + HEADER, length)) {
            throw new IllegalStateException("libcrypto could not seal");
        }
    }

    @Override
    public boolean open(long header, int length) {
        return cipher.open(salt, MEMORY.get(LONG, header + NONCE), header, HEADER, header + HEADER, length);
    }

    @Override
    public void close() {
        cipher.close();
    }
}
