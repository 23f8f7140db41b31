package org.vnetp.overlay.fastpath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.PosixException;

/// Which flows are given to the kernel's maps, with maps of the kernel and no interfaces.
@Tag("netns")
class FlowOffersTest {
    private static final int NIC = 0;
    private static final int LINK = 1;
    private static final int OTHER_NIC = 2;
    private static final long GUEST = 0x0200_0000_0001L;
    private static final long REMOTE = 0x0200_0000_0002L;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment memory = arena.allocate(2048, 8);
    private final Frame frame = new Frame(arena, 1);
    private FastPath path;
    private FlowOffers offers;
    private long now = 1_000_000_000L;

    @BeforeEach
    void makeMaps() {
        try {
            path = new FastPath();
        } catch (PosixException e) {
            assertNotEquals("required", System.getProperty("vnetp.it"), e.getMessage());
            Assumptions.abort(e.getMessage());
        }
        MemorySegment template = arena.allocate(FlowEntry.VALUE_BYTES, 8);
        template.set(ValueLayout.JAVA_INT, FlowEntry.TO, LINK);
        path.put(new FastPath.Way(true, false, NIC, 10, GUEST, 0, null, new AtomicInteger()));
        path.put(new FastPath.Way(true, false, OTHER_NIC, 11, GUEST + 7, 0, null, new AtomicInteger()));
        path.put(new FastPath.Way(false, false, LINK, 12, -1, 0x0a63_0002, template, new AtomicInteger()));
        offers = path.offers();
    }

    @AfterEach
    void close() {
        if (path != null) {
            path.close();
        }
    }

    private void offer(int from, int to, long destination, long source, int type) {
        offer(from, to, destination, source, type, false);
    }

    private void offer(int from, int to, long destination, long source, int type, boolean learned) {
        int ethernet = 64 + VirtioNetHeader.LENGTH;
        NetworkOrder.put48(memory, ethernet, destination);
        NetworkOrder.put48(memory, ethernet + 6, source);
        NetworkOrder.put16(memory, ethernet + 12, type);
        frame.wrap(memory, 64, VirtioNetHeader.LENGTH + 100, 16);
        offers.offer(frame, from, to, destination, source, learned, now);
    }

    private int flows() {
        path.collect();
        return path.flows();
    }

    @Test
    void bothDirectionsOfAFlowAreTaken() {
        offer(NIC, LINK, REMOTE, GUEST, 0x0800);
        assertEquals(1, flows());
        offer(LINK, NIC, GUEST, REMOTE, 0x86dd);
        assertEquals(2, flows());
        now += 1_000_000_000L;
        offer(NIC, LINK, REMOTE, GUEST, 0x0800);
        assertEquals(2, flows(), "the same flow again");
        assertEquals(2, path.offered());
        path.flush();
        assertEquals(0, flows());
        now += 1_000_000_000L;
        offer(NIC, LINK, REMOTE, GUEST, 0x0800);
        assertEquals(1, flows(), "taken again after the rules have changed");
    }

    @Test
    void whatTheKernelWouldNotHandleRightIsNotOffered() {
        offer(NIC, LINK, 0x0100_5e00_0001L, GUEST, 0x0800);
        offer(NIC, LINK, REMOTE, GUEST, 0x0806);
        offer(NIC, LINK, REMOTE, GUEST, 0x8100);
        offer(NIC, OTHER_NIC, GUEST + 7, GUEST, 0x0800);
        offer(LINK, LINK, REMOTE, GUEST, 0x0800);
        offer(LINK, NIC, GUEST + 100, REMOTE, 0x0800);
        offer(NIC, 77, REMOTE, GUEST, 0x0800);
        assertEquals(0, flows());
        path.enable(false);
        offer(NIC, LINK, REMOTE, GUEST, 0x0800);
        assertEquals(0, flows(), "switched off");
    }

    @Test
    void flowsThatLearnedAddressesContradictComeBackAndLeaveTheirPlaceInTheNicsShare() {
        offer(NIC, LINK, REMOTE, GUEST, 0x0800, true);
        offer(LINK, NIC, GUEST, REMOTE, 0x0800, true);
        offer(NIC, LINK, REMOTE + 1, GUEST, 0x0800, false);
        path.takeBack(Map.of(GUEST, NIC, REMOTE, LINK));
        assertEquals(3, flows(), "all is as learned, and where a rule decides the receiver need not be known");

        path.takeBack(Map.of(GUEST, NIC, REMOTE, OTHER_NIC));
        assertEquals(1, flows(), "neither to an address that has moved nor from where it was");
        assertEquals(1, path.way(NIC).flows().get());
        path.takeBack(Map.of(REMOTE, LINK));
        assertEquals(0, flows(), "the sender is to be heard again");
        assertEquals(0, path.way(NIC).flows().get());
    }

    /// What the loop does after a visit that found the port empty.
    private void open(int port) {
        if (offers.waitAt(port) && offers.look(port, now)) {
            offers.open(port, true, true, now);
        }
    }

    @Test
    void asManyFlowsAsCanBeOpenedAreGivenAtOnce() {
        for (int i = 0; i < FlowGates.MOST + 10; i++) {
            offer(NIC, LINK, REMOTE, GUEST + 1000 + i, 0x0800);
        }
        assertEquals(FlowGates.MOST, flows());
        open(LINK);
        assertTrue(offers.waitAt(NIC));
        open(NIC);
        assertFalse(offers.waitAt(NIC));
        now += 1_000_000_000L;
        offer(NIC, LINK, REMOTE, GUEST + 1000 + FlowGates.MOST, 0x0800);
        assertEquals(FlowGates.MOST + 1, flows(), "it is offered again");
        assertEquals(0, path.refused());
        assertEquals(0, path.hurried());
    }

    @Test
    void oneFlowIsTakenBackWhereverItComesFrom() {
        offer(NIC, LINK, REMOTE, GUEST, 0x0800);
        offer(LINK, NIC, GUEST, REMOTE, 0x0800);
        path.takeBack(REMOTE, GUEST);
        assertEquals(1, flows());
        assertEquals(1, path.way(NIC).flows().get());
        open(NIC);
        assertFalse(offers.waitAt(NIC), "what is gone is not waited for");
        path.takeBack(GUEST, REMOTE);
        assertEquals(0, flows());
        assertEquals(0, path.way(NIC).flows().get());
    }

    @Test
    void aMoveIsToldOnceUntilItIsAttendedTo() {
        AtomicInteger told = new AtomicInteger();
        path.onMove(told::incrementAndGet);
        offers.moved();
        offers.moved();
        assertEquals(1, told.get());
        assertTrue(path.moved());
        path.beginTakeBack();
        assertFalse(path.moved());
        offers.moved();
        assertEquals(2, told.get());
    }

    @Test
    void aGuestThatInventsAddressesFillsItsOwnShareOnly() {
        for (int i = 0; i < FastPath.FLOWS_OF_A_NIC + 100; i++) {
            offer(NIC, LINK, REMOTE, GUEST + 1000 + i, 0x0800);
            open(NIC);
        }
        assertEquals(100, path.refused());
        offer(OTHER_NIC, LINK, REMOTE, GUEST + 7, 0x0800);
        assertEquals(FastPath.FLOWS_OF_A_NIC + 1, flows());
    }
}
