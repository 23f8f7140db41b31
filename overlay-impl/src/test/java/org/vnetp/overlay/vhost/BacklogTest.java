package org.vnetp.overlay.vhost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.ScatterList;

class BacklogTest {
    private static final int LENGTH = 8;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment memory = arena.allocate(70_000);
    private final ScatterList list = new ScatterList(arena, 2);

    /// In two pieces.
    private ScatterList frame(byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        list.clear();
        list.addSeparately(memory.address(), bytes.length / 2);
        list.addSeparately(memory.address() + bytes.length / 2, bytes.length - bytes.length / 2);
        return list;
    }

    private static byte[] bytes(ScatterList frame) {
        assertEquals(1, frame.count());
        return MemorySegment.ofAddress(frame.sliceAddress(0))
                .reinterpret(frame.sliceLength(0))
                .toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void framesComeOutAsTheyWentInHoweverOftenItGoesRound() {
        Random random = new Random(41);
        Backlog backlog = new Backlog();
        Deque<byte[]> expected = new ArrayDeque<>();
        long held = 0;
        long refused = 0;
        long through = 0;
        for (int i = 0; i < 20_000; i++) {
            // By turns it fills up and runs empty.
            boolean fills = i / 500 % 2 == 0;
            if (random.nextInt(10) < (fills ? 8 : 3)) {
                byte[] bytes = new byte[26 + random.nextInt(random.nextBoolean() ? 100 : 65_000)];
                random.nextBytes(bytes);
                if (backlog.add(frame(bytes))) {
                    expected.add(bytes);
                    held += LENGTH + bytes.length;
                    assertTrue(held <= Backlog.BYTES, "more than it has room for");
                } else {
                    refused++;
                    // Of what is free one piece may be at the end and too short for a frame.
                    assertTrue(held + 2 * (LENGTH + 65_100) + 8L * expected.size() > Backlog.BYTES, "room was there");
                }
            } else if (!expected.isEmpty()) {
                byte[] bytes = expected.remove();
                assertFalse(backlog.isEmpty());
                assertArrayEquals(bytes, bytes(backlog.first()));
                backlog.removeFirst();
                held -= LENGTH + bytes.length;
                through += bytes.length;
            }
            assertEquals(expected.size(), backlog.frames());
        }
        assertTrue(refused > 100 && through > 10L * Backlog.BYTES, refused + " refused, " + through + " bytes through");
        assertEquals(expected.size(), backlog.clear());
        assertTrue(backlog.isEmpty());
    }

    @Test
    void whatFillsItExactlyFits() {
        Backlog backlog = new Backlog();
        byte[] bytes = new byte[Backlog.BYTES / 64 - LENGTH];
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 64; i++) {
                assertTrue(backlog.add(frame(bytes)));
            }
            assertFalse(backlog.add(frame(new byte[1])));
            for (int i = 0; i < 64; i++) {
                assertEquals(bytes.length, backlog.first().totalBytes());
                backlog.removeFirst();
            }
            assertTrue(backlog.isEmpty());
        }
    }
}
