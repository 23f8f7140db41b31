package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;

class HeldFramesTest {
    private static final int LONGEST = 65_000;

    private final MemorySegment bytes = Arena.ofAuto().allocate(LONGEST + 64, 8);
    private final Frame frame = new Frame(Arena.ofAuto(), 1);
    private final Random random = new Random(18);

    private Frame numbered(int number, int length) {
        bytes.set(ValueLayout.JAVA_INT, 0, number);
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, length - 4, ~number);
        return frame.wrap(bytes, 0, length, 1 + number % 16);
    }

    private static void assertNumber(int number, Frame taken) {
        MemorySegment head = taken.head();
        assertEquals(number, head.get(ValueLayout.JAVA_INT_UNALIGNED, taken.offset()));
        assertEquals(~number, head.get(ValueLayout.JAVA_INT_UNALIGNED, taken.offset() + taken.length() - 4));
        assertEquals(1 + number % 16, taken.hopLimit());
    }

    /// What a NIC with a longer header does: the other frames must not notice.
    private static void scribbleBefore(Frame taken) {
        int bytes = VirtioNetHeader.TUNNEL_LENGTH - VirtioNetHeader.LENGTH;
        taken.head().asSlice(taken.offset() - bytes, bytes).fill((byte) -1);
    }

    /// Fills what room there is; the lengths of the frames.
    private List<Integer> fill(HeldFrames held, int longest) {
        List<Integer> lengths = new ArrayList<>();
        int length = 64;
        while (held.add(numbered(lengths.size(), length))) {
            lengths.add(length);
            length = 64 + random.nextInt(longest - 64);
        }
        assertEquals(lengths.size(), held.frames());
        return lengths;
    }

    @Test
    void comeOutWholeAndInTheOrderInWhichTheyCame() {
        HeldMemory memory = new HeldMemory();
        for (int longest : new int[] {LONGEST, 1514, 128, LONGEST}) {
            HeldFrames held = new HeldFrames(memory);
            List<Integer> lengths = fill(held, longest);
            long all = lengths.stream().mapToLong(Integer::longValue).sum();
            assertTrue(all > HeldMemory.BYTES * 3L / 4, all + " bytes");
            Frame taken = new Frame(Arena.ofAuto(), 1);
            for (int i = 0; i < lengths.size(); i++) {
                assertTrue(held.take(taken));
                assertEquals(lengths.get(i), taken.length());
                assertNumber(i, taken);
                scribbleBefore(taken);
            }
            assertFalse(held.take(taken));
            held.clear();
        }
    }

    @Test
    void ofSeveralFlowsShareTheRoomAndGiveItBack() {
        HeldMemory memory = new HeldMemory();
        HeldFrames one = new HeldFrames(memory);
        HeldFrames other = new HeldFrames(memory);
        assertTrue(one.add(numbered(7, 100)));
        int room = fill(other, 2000).size();
        assertTrue(one.add(numbered(8, 100)), "what a flow has begun is its own");
        Frame taken = new Frame(Arena.ofAuto(), 1);
        for (int number = 7; number <= 8; number++) {
            assertTrue(one.take(taken));
            assertNumber(number, taken);
        }
        assertFalse(other.add(numbered(0, LONGEST)));
        one.clear();
        assertTrue(other.add(numbered(room, LONGEST)));
        other.clear();
        assertEquals(0, other.frames());
        assertFalse(other.take(taken));
        assertTrue(fill(one, 2000).size() > room * 9 / 10);
    }

    /// What the JDK counts against the heap's size would have the collector run by the loop's thread.
    @Test
    void takeNothingFromTheJdk() {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        numbered(0, 64).slices();
        long before = direct.getMemoryUsed();
        HeldMemory memory = new HeldMemory();
        for (int i = 0; i < 3; i++) {
            HeldFrames held = new HeldFrames(memory);
            fill(held, LONGEST);
            held.clear();
        }
        long more = direct.getMemoryUsed() - before;
        assertTrue(more < HeldMemory.BYTES / 16, more + " bytes more");
    }
}
