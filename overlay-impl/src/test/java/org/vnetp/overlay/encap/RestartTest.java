package org.vnetp.overlay.encap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;

/// A sender of the `vnet` format that starts anew, over and over, and a receiver that goes on.
class RestartTest {
    private static final int NETWORK = 42;
    private static final int HEADROOM = 64;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long NOW_NS = 1_790_000_000L * SECOND_NS;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment slab = arena.allocate(1 << 20, 64);
    private final MemorySegment received = arena.allocate(1 << 20, 64);
    private final MemorySegment answer = arena.allocate(Decapsulator.ANSWER_LENGTH, 8);
    private final DropCounters drops = new DropCounters();
    private final VnetPeer receiver = new VnetPeer(() -> 0);
    private VnetDecapsulator decapsulator = new VnetDecapsulator(arena, NETWORK, receiver, drops);
    private long delivered;
    private long timeOfDayNs = NOW_NS;
    private long monotonicNs;

    /// A life of the sender's process: it asks the time of day once.
    private VnetPeer life() {
        long bornNs = timeOfDayNs - monotonicNs;
        return new VnetPeer(() -> bornNs + monotonicNs);
    }

    private VnetEncapsulator lane(VnetPeer life, int lane) {
        VnetEncapsulator encapsulator = new VnetEncapsulator(arena, NETWORK, life, lane);
        encapsulator.datagramCapacity(1472);
        return encapsulator;
    }

    private void pass(long ns) {
        timeOfDayNs += ns;
        monotonicNs += ns;
    }

    private List<byte[]> datagrams(VnetEncapsulator encapsulator, int length) {
        slab.asSlice(HEADROOM, VirtioNetHeader.LENGTH).fill((byte) 0);
        DatagramCollector collector = new DatagramCollector();
        encapsulator.encapsulate(
                new Frame(arena, 1).wrap(slab, HEADROOM, VirtioNetHeader.LENGTH + length, 16), collector);
        encapsulator.finish(collector);
        encapsulator.flushed();
        return collector.datagrams();
    }

    /// Frames that came out.
    private long receive(VnetDecapsulator by, List<byte[]> datagrams) {
        long before = delivered;
        long at = 0;
        for (byte[] datagram : datagrams) {
            if (at + datagram.length > received.byteSize()) {
                by.letGo(monotonicNs);
                at = 0;
            }
            MemorySegment.copy(datagram, 0, received, ValueLayout.JAVA_BYTE, at, datagram.length);
            by.decapsulate(received, at, datagram.length, datagram.length, Ecn.NOT_ECT, monotonicNs, _ -> delivered++);
            at += datagram.length;
        }
        by.letGo(monotonicNs);
        return delivered - before;
    }

    private long receive(List<byte[]> datagrams) {
        return receive(decapsulator, datagrams);
    }

    /// What the receiver has to say goes to a life of the sender.
    private int tell(VnetPeer life) {
        int length = decapsulator.answer(answer, monotonicNs);
        if (length > 0) {
            VnetDecapsulator back = new VnetDecapsulator(arena, NETWORK, life, new DropCounters());
            byte[] bytes = answer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            assertEquals(0, receive(back, List.of(bytes)));
        }
        return length;
    }

    @Test
    void aRestartIsBelievedAtOnceWheneverItComesAndAReplayNever() {
        Random random = new Random(13);
        List<byte[]> all = new ArrayList<>();
        for (int restart = 0; restart < 800; restart++) {
            VnetPeer life = life();
            List<VnetEncapsulator> lanes = new ArrayList<>();
            for (int lane = 0; lane <= random.nextInt(4); lane++) {
                lanes.add(lane(life, lane));
            }
            int frames = 1 + random.nextInt(30);
            for (int i = 0; i < frames; i++) {
                List<byte[]> datagrams = datagrams(
                        lanes.get(random.nextInt(lanes.size())), 60 + random.nextInt(i % 8 == 0 ? 9000 : 300));
                if (random.nextInt(20) == 0) {
                    // Killed in the middle: the receiver waits for chunks that never come.
                    datagrams = new ArrayList<>(datagrams.subList(0, (datagrams.size() + 1) / 2));
                    receive(datagrams);
                } else {
                    assertEquals(1, receive(datagrams), "restart " + restart + ", frame " + i);
                }
                all.addAll(datagrams);
                pass(random.nextInt(1_000_000));
            }
            // Every phase of the 4.096 s of which version 1 knew 16, and the longest pauses as well.
            pass(
                    restart % 400 == 399
                            ? 400L * 86_400 * SECOND_NS
                            : 300_000_000L + (restart * 71_300_000L) % 5_000_000_000L);
        }
        decapsulator.expire(monotonicNs);
        Collections.shuffle(all, random);
        long refused = drops.get(DropReason.REPLAYED);
        assertEquals(0, receive(all), "replays of all lives");
        assertEquals(refused + all.size(), drops.get(DropReason.REPLAYED));
        // Nor do they harm the living.
        VnetPeer life = life();
        VnetEncapsulator lane = lane(life, 0);
        assertEquals(1, receive(datagrams(lane, 60)));
        receive(all.subList(0, 2000));
        tell(life);
        assertEquals(1, receive(datagrams(lane, 60)));
        assertEquals(1, receive(datagrams(lane, 60)));
    }

    @Test
    void whatTheReceiverKnowsOutlivesItsLoops() {
        VnetEncapsulator lane = lane(life(), 0);
        List<byte[]> datagrams = datagrams(lane, 60);
        assertEquals(1, receive(datagrams));
        decapsulator = new VnetDecapsulator(arena, NETWORK, receiver, drops);
        assertEquals(0, receive(datagrams));
    }

    @Test
    void newLoopsOfOneLifeCountFromAhead() {
        VnetPeer life = life();
        for (int i = 0; i < 500; i++) {
            // The clock stands still.
            VnetEncapsulator lane = lane(life, 0);
            for (int k = 0; k < 20; k++) {
                assertEquals(1, receive(datagrams(lane, 3000)), "loop " + i);
            }
        }
        assertEquals(0, drops.sum());
    }

    @Test
    void aClockThatWasSetBackCostsOneRoundTrip() {
        Random random = new Random(14);
        for (int restart = 0; restart < 300; restart++) {
            VnetPeer life = life();
            VnetEncapsulator lane = lane(life, 0);
            VnetEncapsulator other = lane(life, 1);
            pass(300_000_000L);
            // While the clock is not ahead of what it was, the first datagram is refused, and answered.
            if (receive(datagrams(lane, 60)) == 0) {
                assertEquals(VnetHeader.BEHIND_LENGTH, tell(life), "restart " + restart);
                assertTrue(life.renewals() > 0);
                assertEquals(1, receive(datagrams(lane, 60)), "restart " + restart);
            }
            for (int i = 0; i < 20; i++) {
                assertEquals(1, receive(datagrams(lane, 60 + random.nextInt(5000))));
            }
            if (receive(datagrams(other, 60)) == 0) {
                tell(life);
                assertEquals(1, receive(datagrams(other, 60)));
            }
            VnetEncapsulator again = lane(life, 0);
            assertEquals(1, receive(datagrams(again, 60)), "new loops go on from there");
            pass(random.nextInt(2_000_000_000));
            timeOfDayNs -= random.nextInt(3) == 0 ? random.nextLong(1L << random.nextInt(30, 58)) : 0;
        }
        assertTrue(drops.get(DropReason.REPLAYED) > 20, "clocks were set back");
    }

    @Test
    void anAnswerIsNotRepeatedForEveryDatagramNorBelievedByWhoIsAhead() {
        VnetPeer old = life();
        VnetEncapsulator first = lane(old, 0);
        List<byte[]> replays = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replays.addAll(datagrams(first, 60));
        }
        receive(replays);
        pass(SECOND_NS);
        VnetPeer young = life();
        VnetEncapsulator second = lane(young, 0);
        byte[] before = null;
        for (int i = 0; i < 5000; i++) {
            before = datagrams(second, 60).getFirst();
            assertEquals(1, receive(List.of(before)));
        }
        pass(SECOND_NS);
        VnetPeer youngest = life();
        VnetEncapsulator third = lane(youngest, 0);
        assertEquals(1, receive(datagrams(third, 60)));
        int answers = 0;
        for (byte[] replay : replays) {
            assertEquals(0, receive(List.of(replay)));
            answers += tell(youngest) > 0 ? 1 : 0;
        }
        assertEquals(1, answers);
        byte[] next = datagrams(third, 60).getFirst();
        assertEquals(1, receive(List.of(next)));
        assertEquals(
                VnetHeader.number(VnetHeader.back(MemorySegment.ofArray(next), 0)),
                receiver.windows()[0].newest(),
                "the sender counts on as before");
    }

    @Test
    void numbersTellTheTimeOfDayUntil2106AndGoOnAfterwards() {
        DatagramNumbers numbers = new DatagramNumbers(() -> timeOfDayNs);
        long first = numbers.begin();
        assertEquals(1_790_000_000L << 23, first);
        timeOfDayNs += 500_000_000L;
        assertEquals(first + (1 << 22), numbers.begin());
        timeOfDayNs = (1L << 32) * SECOND_NS - 1;
        DatagramNumbers later = new DatagramNumbers(() -> timeOfDayNs);
        long last = later.begin();
        timeOfDayNs += SECOND_NS;
        long wrapped = later.begin();
        assertTrue(wrapped < last);
        assertEquals(1 << 23, ReplayWindow.ahead(wrapped, last));
    }
}
