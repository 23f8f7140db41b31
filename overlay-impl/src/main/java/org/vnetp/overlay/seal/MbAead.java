package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vnetp.overlay.posix.IpsecMb;

/// Intel's ipsec-mb: in place, one call a datagram, without an allocation. AES-GCM only.
final class MbAead implements Aead {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int NONCE = 8;

    private final IpsecMb cipher;
    private final int salt;

    MbAead(byte[] key, int salt) {
        this.cipher = new IpsecMb(key);
        this.salt = salt;
    }

    @Override
    public void seal(long header, long text, int length) {
        cipher.seal(salt, MEMORY.get(LONG, header + NONCE), header, HEADER, text, header + HEADER, length);
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
