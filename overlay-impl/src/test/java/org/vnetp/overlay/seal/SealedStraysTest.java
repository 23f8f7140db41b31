package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.encap.StrayDatagrams;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.LoopStatistics;

/// Where the peer is is learned from a datagram that is the peer's and the newest, and from no other.
class SealedStraysTest {
    private static final int NETWORK = 7;
    private static final int TEXT = 100;
    private static final int SIZE = SealedHeader.LENGTH + TEXT + SealedHeader.TRAILER;
    private static final InetSocketAddress ELSEWHERE =
            new InetSocketAddress(InetAddress.ofLiteral("203.0.113.5"), 40_001);

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment slab = arena.allocate(4096, 64);
    private final DropCounters drops = new LoopStatistics("loop").drops();
    private final Sealing[] ends = Sealing.pair(NETWORK, Suite.AES_128_GCM, 1472);
    private final SealedStrays strays = strays(ends[1], new SealedStrays.Budget());
    private final List<InetSocketAddress> asked = new ArrayList<>();
    private long nowNs = 1_000_000_000L;

    private SealedStrays strays(Sealing sealing, SealedStrays.Budget budget) {
        return new SealedStrays(arena, new SealedDecapsulator(null, sealing, drops), sealing, budget);
    }

    /// What the peer sends with a number in a lane, by its newest keys.
    private byte[] datagram(int lane, long number) {
        Generation keys = ends[0].sending();
        MemorySegment at = arena.allocate(SIZE, 64);
        // As a handshake's, but for the flag.
        long front = SealedHeader.toPlain(SealedHeader.handshake(NETWORK, TEXT, lane) & ~(8L << 56));
        SealedHeader.encode(at, 0, SealedHeader.ofPlain(front, keys.keys()), SealedHeader.back(number));
        assertTrue(keys.sealing(lane).use(number));
        keys.sealing(lane).seal(at.address(), at.address() + SealedHeader.LENGTH, TEXT);
        return at.toArray(ValueLayout.JAVA_BYTE);
    }

    private int claim(StrayDatagrams by, byte[] datagram) {
        nowNs += 1_000_000;
        MemorySegment.copy(datagram, 0, slab, ValueLayout.JAVA_BYTE, 0, datagram.length);
        int claim = by.claim(slab, 0, datagram.length, nowNs, () -> {
            asked.add(ELSEWHERE);
            return ELSEWHERE;
        });
        if (claim == StrayDatagrams.STRANGE) {
            assertTrue(
                    Arrays.equals(datagram, slab.asSlice(0, datagram.length).toArray(ValueLayout.JAVA_BYTE)),
                    "what is not claimed is as it was");
        }
        return claim;
    }

    private int claim(byte[] datagram) {
        return claim(strays, datagram);
    }

    @Test
    void anAuthenticDatagramThatIsTheNewestTellsWhereThePeerIs() {
        assertEquals(StrayDatagrams.NEWEST, claim(datagram(0, 100)));
        assertEquals(StrayDatagrams.NEWEST, claim(datagram(3, 5)), "lanes count for themselves");
        assertEquals(StrayDatagrams.NEWEST, claim(datagram(0, 5000)));
    }

    @Test
    void aReplayIsStrangeAndALateOneMovesNothing() {
        byte[] first = datagram(0, 100);
        byte[] held = datagram(0, 101);
        byte[] last = datagram(0, 102);
        assertEquals(StrayDatagrams.NEWEST, claim(first));
        assertEquals(StrayDatagrams.STRANGE, claim(first));
        assertEquals(StrayDatagrams.NEWEST, claim(last));
        assertEquals(StrayDatagrams.LATE, claim(held));
        assertEquals(StrayDatagrams.STRANGE, claim(held));
    }

    @Test
    void noForgedBitIsBelievedAndNoneSpoilsThePeersOwn() {
        byte[] genuine = datagram(0, 100);
        for (int at = 0; at < genuine.length; at += 3) {
            byte[] forged = genuine.clone();
            forged[at] ^= 1;
            assertEquals(StrayDatagrams.STRANGE, claim(forged), "byte " + at);
        }
        for (int length : new int[] {0, 1, 16, 32, 33, SIZE - 1}) {
            assertEquals(StrayDatagrams.STRANGE, claim(Arrays.copyOf(genuine, length)), length + " bytes");
        }
        byte[] longest = Arrays.copyOf(genuine, 4096);
        assertEquals(StrayDatagrams.STRANGE, claim(longest));
        assertEquals(StrayDatagrams.NEWEST, claim(genuine));
    }

    @Test
    void keysThatOthersHaveReplacedMoveNothing() {
        byte[] old = datagram(0, 100);
        byte[] alsoOld = datagram(0, 200);
        byte[][] secrets = {new byte[32], new byte[32]};
        secrets[0][0] = 1;
        for (int i = 0; i < 2; i++) {
            Handshake.Secrets next =
                    new Handshake.Secrets(i == 0, 5, secrets[i].clone(), secrets[1 - i].clone(), new byte[0]);
            Generation keys = new Generation(Suite.AES_128_GCM, 5, 2, next, 1472, 0, () -> {}, () -> {});
            ends[i].open(keys);
            if (i == 0) {
                ends[i].send(keys);
            }
        }
        assertEquals(StrayDatagrams.NEWEST, claim(old), "its end sends by these yet");
        assertEquals(StrayDatagrams.NEWEST, claim(datagram(0, 300)), "newer than those it sends by");
        ends[1].send(ends[1].opening(5));
        assertEquals(StrayDatagrams.LATE, claim(alsoOld));
        assertEquals(StrayDatagrams.NEWEST, claim(datagram(0, 301)));
        ends[1].withdraw(ends[1].opening(5));
        assertEquals(StrayDatagrams.STRANGE, claim(datagram(0, 302)), "ended");
    }

    @Test
    void amongManyLinksEachFindsItsOwn() {
        Sealing[] others = Sealing.pair(NETWORK, Suite.AES_128_GCM, 1472);
        SealedStrays other = strays(others[1], new SealedStrays.Budget());
        byte[] datagram = datagram(0, 100);
        assertEquals(StrayDatagrams.STRANGE, claim(other, datagram));
        assertEquals(StrayDatagrams.NEWEST, claim(datagram));
    }

    @Test
    void strangersCauseNoMoreThanABudgetOfAttempts() {
        SealedStrays.Budget budget = new SealedStrays.Budget();
        SealedStrays bounded = strays(ends[1], budget);
        byte[] genuine = datagram(0, 1000);
        byte[] forged = datagram(0, 1001);
        forged[40] ^= 1;
        MemorySegment.copy(forged, 0, slab, ValueLayout.JAVA_BYTE, 0, SIZE);
        for (int i = 0; i < SealedStrays.Budget.MOST; i++) {
            assertEquals(StrayDatagrams.STRANGE, bounded.claim(slab, 0, SIZE, nowNs, () -> ELSEWHERE));
        }
        MemorySegment.copy(genuine, 0, slab, ValueLayout.JAVA_BYTE, 0, SIZE);
        assertEquals(StrayDatagrams.STRANGE, bounded.claim(slab, 0, SIZE, nowNs, () -> ELSEWHERE), "used up");
        long later = nowNs + SealedStrays.Budget.WINDOW_NS;
        assertEquals(StrayDatagrams.NEWEST, bounded.claim(slab, 0, SIZE, later, () -> ELSEWHERE));
    }

    @Test
    void aHandshakeFromAnywhereIsHeardOnceWithItsSender() {
        KeyExchangePair pair = new KeyExchangePair(NETWORK);
        SealedStrays learner = strays(pair.b().sealing(), new SealedStrays.Budget());
        pair.a().attend();
        byte[] first = pair.sentByA().getLast();
        byte[] forged = first.clone();
        forged[100] ^= 1;
        assertEquals(StrayDatagrams.STRANGE, claim(learner, forged));
        assertTrue(asked.isEmpty(), "nobody asks who sent what is forged");
        assertFalse(pair.isKnown());
        pair.b().attend();
        assertTrue(pair.sentByB().isEmpty(), "there is nobody to send to");
        assertEquals(StrayDatagrams.MESSAGE, claim(learner, first));
        pair.b().attend();
        assertEquals(List.of(ELSEWHERE), pair.learned());
        assertEquals(1, pair.sentByB().size(), "the answer");
        assertEquals(StrayDatagrams.STRANGE, claim(learner, first), "a replay");
        pair.b().attend();
        assertEquals(List.of(ELSEWHERE), pair.learned());
    }
}
