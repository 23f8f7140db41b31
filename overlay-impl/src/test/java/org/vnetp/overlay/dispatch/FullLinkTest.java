package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.encap.DatagramSink;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// What waits for a link that takes no more keeps its bytes until it goes, or is dropped and counted.
class FullLinkTest {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int GUEST = 0;
    private static final int FIRST = 1;
    private static final int SECOND = FIRST + 1;
    private static final int SOURCE = 3;
    private static final int PIECES = 4;
    private static final int SEGMENT = 1000;

    private final Posix posix = new Posix();
    private final LoopStatistics statistics = new LoopStatistics("loop0");
    private final InMemoryNic guest = new InMemoryNic();
    private final NicPort nic = new NicPort(GUEST, "guest", guest, statistics.port(GUEST));

    /// A link that can be full, and knows what its slices held when they were staged.
    private static final class Narrow implements Link {
        private final int frames;
        private final List<byte[]> asStaged = new ArrayList<>();
        private final List<List<long[]>> staged = new ArrayList<>();
        private final List<byte[]> sent = new ArrayList<>();
        private List<long[]> open = new ArrayList<>();
        private boolean full;

        Narrow(int frames) {
            this.frames = frames;
        }

        private static byte[] bytes(List<long[]> slices) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (long[] slice : slices) {
                all.writeBytes(MEMORY.asSlice(slice[0], slice[1]).toArray(ValueLayout.JAVA_BYTE));
            }
            return all.toByteArray();
        }

        @Override
        public void slice(long address, int length) {
            open.add(new long[] {address, length});
        }

        @Override
        public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
            asStaged.add(bytes(open));
            staged.add(open);
            open = new ArrayList<>();
        }

        @Override
        public boolean hasRoom() {
            return staged.size() < frames;
        }

        @Override
        public boolean staged() {
            return !staged.isEmpty();
        }

        @Override
        public int stagedBytes() {
            return staged.stream().mapToInt(each -> bytes(each).length).sum();
        }

        @Override
        public boolean flush(Posix by) {
            if (full) {
                return false;
            }
            staged.forEach(each -> sent.add(bytes(each)));
            staged.clear();
            return true;
        }

        @Override
        public int discard() {
            int count = staged.size();
            for (int i = 0; i < count; i++) {
                asStaged.removeLast();
            }
            staged.clear();
            return count;
        }

        @Override
        public int receive(Posix by, ReceiveBatch batch) {
            return 0;
        }

        @Override
        public int datagramCapacity() {
            return 1472;
        }

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public void close() {}

        /// All that was sent is what was given to be sent, in that order.
        void assertWhole() {
            assertEquals(asStaged.size(), sent.size());
            for (int i = 0; i < sent.size(); i++) {
                assertArrayEquals(asStaged.get(i), sent.get(i), "datagram " + i);
            }
        }
    }

    /// A frame a datagram, without headers.
    private static final class Bare implements Encapsulator {
        @Override
        public int encapsulate(Frame frame, DatagramSink sink) {
            ScatterList slices = frame.slices();
            for (int i = 0; i < slices.count(); i++) {
                sink.slice(slices.sliceAddress(i), slices.sliceLength(i));
            }
            sink.endTrain(slices.totalBytes(), 1, slices.totalBytes(), Ecn.NOT_ECT);
            return STAGED;
        }

        @Override
        public void finish(DatagramSink sink) {}

        @Override
        public void flushed() {}

        @Override
        public void datagramCapacity(int bytes) {}

        @Override
        public int leastCapacity() {
            return 100;
        }

        @Override
        public int guestMtu() {
            return 1458;
        }
    }

    private Ports ports(List<Narrow> links) {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < links.size(); i++) {
            rules.add(new Rule(MacPattern.ANY, MacPattern.ANY, Rule.ANY_PORT, FIRST + i));
        }
        RoutingTable table = RoutingTable.of(rules);
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        ports.add(nic);
        for (int i = 0; i < links.size(); i++) {
            int id = FIRST + i;
            ports.add(new LinkPort(
                    id,
                    "l" + id,
                    links.get(i),
                    new Bare(),
                    null,
                    new ReceiveBatch(Arena.ofAuto(), 1),
                    statistics.port(id)));
        }
        return ports;
    }

    private static void put16(byte[] to, int at, int value) {
        to[at] = (byte) (value >> 8);
        to[at + 1] = (byte) value;
    }

    private static void little(byte[] to, int at, int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >> 8);
    }

    private static void addresses(byte[] frame, int at, int type) {
        frame[at] = 2;
        frame[at + 5] = 9;
        frame[at + 6] = 2;
        frame[at + 11] = 1;
        put16(frame, at + 12, type);
    }

    private static void ipv4(byte[] frame, int at, int protocol) {
        frame[at] = 0x45;
        put16(frame, at + 2, frame.length - at);
        frame[at + 8] = 64;
        frame[at + 9] = (byte) protocol;
    }

    /// A TCP superframe over IPv4 inside VXLAN over IPv4, which becomes [#PIECES] frames.
    private static byte[] tunnelled(int mark) {
        int outer = 14 + 20;
        int innerFrame = outer + 8 + 8;
        int inner = innerFrame + 14;
        int start = inner + 20;
        byte[] all = new byte[12 + start + 20 + PIECES * SEGMENT];
        int frame = 12;
        addresses(all, frame, 0x0800);
        ipv4(all, frame + 14, 17);
        put16(all, frame + outer, 50_000);
        put16(all, frame + outer + 2, 4790);
        put16(all, frame + outer + 4, all.length - frame - outer);
        all[frame + outer + 8] = 8;
        addresses(all, frame + innerFrame, 0x0800);
        ipv4(all, frame + inner, 6);
        all[frame + start + 12] = 0x50;
        all[frame + start + 13] = 0x10;
        for (int i = frame + start + 20; i < all.length; i++) {
            all[i] = (byte) (mark + i);
        }
        all[0] = 1;
        all[1] = 0x21;
        little(all, 2, inner);
        little(all, 4, SEGMENT);
        little(all, 6, start);
        little(all, 8, 16);
        little(all, 10, outer);
        return all;
    }

    private long count(int port, PortCounter counter) {
        return statistics.port(port).get(counter);
    }

    @Test
    void piecesThatWaitForAFullLinkKeepTheirBytes() {
        Narrow link = new Narrow(100);
        Ports ports = ports(List.of(link));
        OutboundPath path = new OutboundPath(Arena.ofAuto(), posix, ports, 64);
        guest.send(tunnelled(1));
        guest.send(tunnelled(2));
        link.full = true;
        assertEquals(1, path.drain(nic, 0));
        assertTrue(ports.anyBlocked());
        assertEquals(0, path.drain(nic, 0), "nothing is read while pieces wait");
        assertEquals(PIECES, link.staged.size());
        link.full = false;
        int taken = path.drain(nic, 0);
        assertEquals(1, taken);
        assertFalse(ports.anyBlocked());
        assertEquals(2 * PIECES, link.sent.size());
        link.assertWhole();
        assertEquals(2 * PIECES, count(FIRST, PortCounter.FRAMES_OUT));
        assertEquals(0, statistics.drops().get(DropReason.LINK_FULL));
    }

    /// The second link would need the memory in which the first one's pieces wait.
    @Test
    void aSuperframeForAnotherLinkMeanwhileIsDroppedAndCounted() {
        Narrow first = new Narrow(100);
        Narrow second = new Narrow(100);
        Ports ports = ports(List.of(first, second));
        OutboundPath path = new OutboundPath(Arena.ofAuto(), posix, ports, 64);
        guest.send(tunnelled(1));
        first.full = true;
        second.full = true;
        assertEquals(1, path.drain(nic, 0));
        long waiting = first.staged.size() + second.staged.size();
        assertEquals(PIECES, waiting);
        assertEquals(1, statistics.drops().get(DropReason.LINK_FULL));
        assertEquals(1, count(FIRST, PortCounter.DROPS_OUT) + count(SECOND, PortCounter.DROPS_OUT));
        first.full = false;
        second.full = false;
        assertTrue(path.resume());
        first.assertWhole();
        second.assertWhole();
        guest.send(tunnelled(2));
        assertEquals(1, path.drain(nic, 0));
        assertEquals(3 * PIECES, first.sent.size() + second.sent.size());
        first.assertWhole();
        second.assertWhole();
        assertEquals(1, statistics.drops().get(DropReason.LINK_FULL));
    }

    /// What came from a link cannot wait, cut or not.
    @Test
    void aLinksSuperframeForAFullLinkIsDroppedPieceByPiece() {
        Narrow link = new Narrow(100);
        Ports ports = ports(List.of(link));
        byte[] bytes = tunnelled(1);
        link.full = true;
        fromLink(ports, bytes, Arena.ofAuto().allocate(64 + bytes.length, 64));
        assertFalse(ports.anyBlocked());
        assertEquals(0, link.staged.size());
        assertEquals(PIECES, statistics.drops().get(DropReason.LINK_FULL));
        link.full = false;
        fromLink(ports, bytes, Arena.ofAuto().allocate(64 + bytes.length, 64));
        ports.flushForwarded();
        assertEquals(PIECES, link.sent.size());
        link.assertWhole();
    }

    private void fromLink(Ports ports, byte[] bytes, MemorySegment slab) {
        MemorySegment.copy(bytes, 0, slab, ValueLayout.JAVA_BYTE, 64, bytes.length);
        Frame frame = new Frame(Arena.ofAuto(), 1).wrap(slab, 64, bytes.length, 16);
        ports.cross(frame, SOURCE, statistics.port(SOURCE), true, 0);
    }

    /// A link that is found full while more is to be staged: the slab in which the frames lie is used again as soon as
    /// the round ends, so none of them may stay staged.
    @Test
    void framesFromALinkDoNotWaitInASlabThatIsUsedAgain() {
        Narrow link = new Narrow(2);
        Ports ports = ports(List.of(link));
        MemorySegment slab = Arena.ofAuto().allocate(8 * 256, 64);
        link.full = true;
        for (int i = 0; i < 5; i++) {
            byte[] bytes = new byte[12 + 60];
            addresses(bytes, 12, 0x88B5);
            bytes[12 + 20] = (byte) i;
            fromLink(ports, bytes, slab.asSlice(i * 256L, 256));
        }
        ports.flushForwarded();
        slab.fill((byte) 0xEE); // the next round's datagrams
        link.full = false;
        ports.flushAll();
        assertEquals(List.of(), link.sent);
        assertEquals(5, statistics.drops().get(DropReason.LINK_FULL));
        assertFalse(ports.anyBlocked());
    }
}
