package org.vnetp.overlay.seal;

import java.util.Arrays;
import org.vnetp.overlay.encap.SealedHeader;

/// The keys of one handshake: one for each direction and lane, and what datagrams call them ([#keys]).
///
/// **Threads:** a sending loop has its lane's key, the receiving loop all opening ones; [#close] is
/// control's, when no loop can find the generation any more.
final class Generation {
    /// A key for datagrams of 2 KB or less seals [SealingLane#MOST] of them; of longer ones fewer, as the
    /// bound is one of
    /// blocks.
    private static final int ORDINARY = 2048;

    private final int keys;
    private final long count;
    private final boolean initiator;
    private final long sinceNs;
    private final SealingLane[] sealing = new SealingLane[SealedHeader.LANES];
    private final OpeningLane[] opening = new OpeningLane[SealedHeader.LANES];
    private final Runnable onHeard;
    // Written by the receiving loop.
    private volatile boolean heard;

    /// @param keys     by which number datagrams call them, 0..15
    /// @param count    how many generations this link has had with it
    /// @param secrets  of the handshake; wiped here
    /// @param capacity bytes of the longest datagram
    /// @param onHeard  told by the receiving loop, once, when the first datagram has been opened; must not
    ///         wait
    /// @param onEnough told by a sending loop when a key should be replaced; must not wait
    Generation(
            Suite suite,
            int keys,
            long count,
            Handshake.Secrets secrets,
            int capacity,
            long nowNs,
            Runnable onHeard,
            Runnable onEnough) {
        this.keys = keys;
        this.count = count;
        this.initiator = secrets.initiator();
        this.sinceNs = nowNs;
        this.onHeard = onHeard;
        long most = SealingLane.MOST / Math.max(1, (capacity + ORDINARY - 1) / ORDINARY);
        for (int lane = 0; lane < SealedHeader.LANES; lane++) {
            sealing[lane] = new SealingLane(aead(suite, secrets.out(), lane, true), most, onEnough);
            opening[lane] = new OpeningLane(aead(suite, secrets.in(), lane, false));
        }
        secrets.wipe();
    }

    private static Aead aead(Suite suite, byte[] secret, int lane, boolean seals) {
        byte[] made = Kdf.expand(secret, "vnetp lane " + lane + " " + suite.label(), suite.keyLength() + Integer.BYTES);
        try {
            int at = suite.keyLength();
            int salt = (made[at] & 0xFF) << 24
                    | (made[at + 1] & 0xFF) << 16
                    | (made[at + 2] & 0xFF) << 8
                    | made[at + 3] & 0xFF;
            byte[] key = Arrays.copyOf(made, at);
            Aead aead = Ciphers.make(suite, key, salt, seals);
            Arrays.fill(key, (byte) 0);
            return aead;
        } finally {
            Arrays.fill(made, (byte) 0);
        }
    }

    int keys() {
        return keys;
    }

    long count() {
        return count;
    }

    /// Whether this node began the handshake.
    boolean initiator() {
        return initiator;
    }

    /// When the handshake was, on the node's clock.
    long sinceNs() {
        return sinceNs;
    }

    SealingLane sealing(int lane) {
        return sealing[lane];
    }

    OpeningLane opening(int lane) {
        return opening[lane];
    }

    /// Whether a datagram by these keys has come: then the peer has them.
    boolean heard() {
        return heard;
    }

    /// A datagram by these keys has come. By the receiving loop, or by control.
    void hear() {
        heard = true;
        onHeard.run();
    }

    /// Datagrams sealed.
    long sealed() {
        long sum = 0;
        for (SealingLane lane : sealing) {
            sum += lane.sealed();
        }
        return sum;
    }

    void close() {
        for (int lane = 0; lane < SealedHeader.LANES; lane++) {
            sealing[lane].close();
            opening[lane].close();
        }
    }
}
