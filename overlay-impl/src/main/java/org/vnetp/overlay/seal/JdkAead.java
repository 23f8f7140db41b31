package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The JDK's, where there is no libcrypto, and as the other opinion that libcrypto's is compared with. It
/// copies through arrays, which is the one way on which SunJCE takes its fast path, and allocates with each
/// datagram: a cipher there is set up anew for each nonce.
final class JdkAead implements Aead {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int NONCE = 8;
    private static final int SALT = 4;
    private static final int TAG_BITS = 8 * TAG;

    private final Suite suite;
    private final Cipher cipher;
    private final SecretKeySpec key;
    private final int mode;
    private final byte[] nonce = new byte[SALT + NONCE];
    private final byte[] associated = new byte[HEADER];
    private byte[] in = new byte[0];
    private byte[] out = new byte[0];

    JdkAead(Suite suite, byte[] key, int salt, boolean sealing) {
        this.suite = suite;
        this.key = new SecretKeySpec(key, 0, suite.keyLength(), suite.keyAlgorithm());
        this.mode = sealing ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
        for (int i = 0; i < SALT; i++) {
            nonce[i] = (byte) (salt >>> 24 - 8 * i);
        }
        try {
            this.cipher = Cipher.getInstance(suite.transformation());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no cipher " + suite.transformation(), e);
        }
    }

    @Override
    public void seal(long header, long text, int length) {
        room(length + TAG);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, text, in, 0, length);
        try {
            begin(header);
            int made = cipher.doFinal(in, 0, length, out, 0);
            MemorySegment.copy(out, 0, MEMORY, ValueLayout.JAVA_BYTE, header + HEADER, made);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK could not seal", e);
        }
    }

    @Override
    public boolean open(long header, int length) {
        room(length + TAG);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, header + HEADER, in, 0, length + TAG);
        try {
            begin(header);
            int made = cipher.doFinal(in, 0, length + TAG, out, 0);
            MemorySegment.copy(out, 0, MEMORY, ValueLayout.JAVA_BYTE, header + HEADER, made);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK could not open", e);
        }
    }

    private void begin(long header) throws GeneralSecurityException {
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, header, associated, 0, HEADER);
        System.arraycopy(associated, HEADER - NONCE, nonce, SALT, NONCE);
        AlgorithmParameterSpec parameters = suite == Suite.CHACHA20_POLY1305
                ? new IvParameterSpec(nonce.clone())
                : new GCMParameterSpec(TAG_BITS, nonce);
        cipher.init(mode, key, parameters);
        cipher.updateAAD(associated);
    }

    private void room(int bytes) {
        if (in.length < bytes) {
            in = new byte[bytes + 1024];
            out = new byte[bytes + 1024];
        }
    }

    /// The JDK's own copies of the key stay until they are collected.
    @Override
    public void close() {
        Arrays.fill(in, (byte) 0);
        Arrays.fill(out, (byte) 0);
    }
}
