package org.vnetp.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.link.UcxHello;

/// Two ends without UCX and without a network: datagrams are queues, time is moved by hand.
class UcxPeeringTest {
    private static final int VERSION = 1 << 16 | 13;

    private long nowNs = 1_000_000_000L;

    private final class End implements UcxPeering.Ends {
        private final Queue<byte[]> inbox = new ArrayDeque<>();
        private long wakeSpace;
        private UcxPeering peering = new UcxPeering(this, () -> nowNs, 42, VERSION, "tcp", () -> wakeSpace);
        private End other;
        private boolean cut;
        private String objection;
        private byte[] own = {};
        private long ownSecret;
        private byte[] joinedTo = {};
        private long joinedSecret;
        private int begun;

        @Override
        public int receive(byte[] into) {
            byte[] next = inbox.poll();
            if (next == null) {
                return -1;
            }
            System.arraycopy(next, 0, into, 0, next.length);
            return next.length;
        }

        @Override
        public void send(byte[] datagram) {
            if (!cut && other != null) {
                other.inbox.add(datagram);
            }
        }

        @Override
        public byte[] begin(long secret) {
            if (objection != null) {
                throw new IllegalStateException(objection);
            }
            ownSecret = secret;
            own = new byte[] {(byte) ++begun, (byte) System.identityHashCode(this)};
            return own;
        }

        @Override
        public void join(byte[] address, long secret) {
            if (objection != null) {
                throw new IllegalStateException(objection);
            }
            joinedTo = address;
            joinedSecret = secret;
        }

        private void restart() {
            inbox.clear();
            peering = new UcxPeering(this, () -> nowNs, 42, VERSION, "tcp", () -> 0);
            peering.begin();
        }
    }

    private final End a = new End();
    private final End b = new End();

    private void begin() {
        a.other = b;
        b.other = a;
        a.peering.begin();
        b.peering.begin();
    }

    private void pass(long ms) {
        for (long i = 0; i < ms; i += 10) {
            nowNs += TimeUnit.MILLISECONDS.toNanos(10);
            a.peering.attend();
            b.peering.attend();
        }
    }

    private void assertJoined() {
        assertTrue(a.peering.joined(), a.peering.trouble());
        assertTrue(b.peering.joined(), b.peering.trouble());
        assertArrayEquals(b.own, a.joinedTo);
        assertArrayEquals(a.own, b.joinedTo);
        assertEquals(b.ownSecret, a.joinedSecret);
        assertEquals(a.ownSecret, b.joinedSecret);
    }

    @Test
    void findsThePeerAndStaysWithIt() {
        begin();
        pass(200);
        assertJoined();
        pass(20_000);
        assertJoined();
        assertEquals(1, a.begun);
        assertEquals(1, b.begun);
    }

    @Test
    void beginsAnewWithAPeerThatHasRestarted() {
        begin();
        pass(200);
        for (int i = 0; i < 3; i++) {
            b.restart();
            pass(400);
            assertJoined();
        }
        assertTrue(a.begun <= 7, a.begun + " sessions for three restarts");
        assertEquals(a.begun, a.peering.sessions());
    }

    @Test
    void joinsNoSessionThatIsAboutToBeGivenUp() {
        begin();
        pass(200);
        byte[] old = a.own;
        b.restart();
        pass(400);
        assertFalse(Arrays.equals(old, b.joinedTo), "joined to the session of the life before");
    }

    @Test
    void givesUpAPeerThatIsSilentAndTakesItBack() {
        begin();
        pass(200);
        b.cut = true;
        pass(3000);
        assertFalse(a.peering.joined());
        assertTrue(a.peering.trouble().contains("silent"), a.peering.trouble());
        b.cut = false;
        pass(1000);
        assertJoined();
    }

    @Test
    void beginsAnewWhereUcxLostThePeer() {
        begin();
        pass(200);
        long secret = a.ownSecret;
        a.peering.onLoss();
        pass(400);
        assertJoined();
        assertNotEquals(secret, a.ownSecret);
    }

    @Test
    void takesNoAddressFromWhoDoesNotKnowTheSession() {
        a.other = null;
        a.peering.begin();
        for (long echo : new long[] {0, 1, -1, 4711}) {
            a.inbox.add(new UcxHello(true, 42, VERSION, 99, echo, 5, 0, "tcp", new byte[] {6}).encode());
        }
        pass(100);
        assertFalse(a.peering.joined());
        assertEquals(0, a.joinedTo.length);
    }

    @Test
    void isNotMovedByStrangersOnceJoined() {
        begin();
        pass(200);
        for (int i = 0; i < 100; i++) {
            a.inbox.add(new UcxHello(true, 42, VERSION, 1000 + i, i, 5, 0, "tcp", new byte[] {6}).encode());
            a.inbox.add(new byte[] {1, 2, 3});
        }
        pass(1000);
        assertJoined();
        assertEquals(1, a.begun);
        assertTrue(a.peering.refused() >= 100);
    }

    @Test
    void namesWhatDoesNotFit() {
        begin();
        b.peering = new UcxPeering(b, () -> nowNs, 43, VERSION, "tcp", () -> 0);
        b.peering.begin();
        pass(200);
        assertTrue(a.peering.trouble().contains("network 43, this node of 42"), a.peering.trouble());
        b.peering = new UcxPeering(b, () -> nowNs, 42, VERSION + 1, "tcp", () -> 0);
        b.peering.begin();
        pass(200);
        assertTrue(a.peering.trouble().contains("UCX 1.14, this node 1.13"), a.peering.trouble());
        b.peering = new UcxPeering(b, () -> nowNs, 42, VERSION, "posix", () -> 0);
        b.peering.begin();
        a.objection = "none of this node's transports reaches the peer's";
        pass(200);
        assertTrue(a.peering.trouble().contains("its link says tls posix, this node's tcp"), a.peering.trouble());
        a.objection = null;
        a.wakeSpace = 4;
        b.peering = new UcxPeering(b, () -> nowNs, 42, VERSION, "posix", () -> 5);
        b.peering.begin();
        pass(200);
        assertTrue(a.peering.trouble().contains("network namespace"), a.peering.trouble());
        assertFalse(a.peering.joined());
    }

    @Test
    void waitsUntilThereIsATransport() {
        a.other = b;
        b.other = a;
        a.objection = "interface u has no carrier";
        a.peering.postpone(a.objection);
        b.peering.begin();
        pass(5000);
        assertFalse(a.peering.joined());
        assertEquals("interface u has no carrier", a.peering.trouble());
        assertEquals(0, a.peering.sessions());
        a.objection = null;
        pass(1500);
        assertJoined();
        a.peering.postpone("interface u is down");
        assertFalse(a.peering.joined());
        pass(10);
        assertEquals("interface u is down", a.peering.trouble());
        pass(6000);
        assertJoined();
    }

    @Test
    void triesAgainWhereUcxRefusesANewSession() {
        begin();
        pass(200);
        a.objection = "no memory";
        a.peering.onLoss();
        pass(500);
        assertTrue(a.peering.trouble().contains("no memory"));
        a.objection = null;
        pass(6000);
        assertJoined();
    }
}
