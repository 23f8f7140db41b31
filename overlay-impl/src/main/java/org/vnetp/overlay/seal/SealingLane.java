package org.vnetp.overlay.seal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The key by which one loop seals what it sends on one link, and how far it has been used. It refuses what
/// would use a nonce twice, and to go on past [#MOST] datagrams. The loop's; anyone may ask [#sealed].
final class SealingLane {
    /// New keys are wanted after so many datagrams: 2^27.
    static final long ENOUGH = 1L << 27;

    /// No key seals more datagrams: 2^28, of 2 KB at most, keep an attacker's advantage below 2^-57 (the
    /// bounds of RFC 9001, appendix B.1, for AES-GCM with packets of that size). Of longer datagrams fewer.
    static final long MOST = 1L << 28;

    private static final VarHandle SEALED;

    static {
        try {
            SEALED = MethodHandles.lookup().findVarHandle(SealingLane.class, "sealed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Aead aead;
    private final long most;
    private final Runnable onEnough;
    private long lastNumber = -1;
    private long sealed;

    /// @param most     datagrams that the key may seal
    /// @param onEnough told by the loop, once, when half of them are used up; must not wait
    SealingLane(Aead aead, long most, Runnable onEnough) {
        this.aead = aead;
        this.most = most;
        this.onEnough = onEnough;
    }

    /// Whether that number may be sealed. Then it counts as used.
    boolean use(long number) {
        if (number <= lastNumber || sealed >= most) {
            return false;
        }
        lastNumber = number;
        long now = sealed + 1;
        SEALED.setOpaque(this, now);
        if (now == most / 2) {
            onEnough.run();
        }
        return true;
    }

    /// Seals a datagram whose number [#use] has let through.
    void seal(long header, long text, int length) {
        aead.seal(header, text, length);
    }

    /// Datagrams that the key has sealed.
    long sealed() {
        return (long) SEALED.getOpaque(this);
    }

    void close() {
        aead.close();
    }
}
