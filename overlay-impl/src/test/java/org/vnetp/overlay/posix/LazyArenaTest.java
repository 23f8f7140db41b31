package org.vnetp.overlay.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LazyArenaTest {
    private static final long BYTES = 64 << 20;

    private static long pageBytes;

    @BeforeAll
    static void findPageSize() throws IOException {
        Process said = new ProcessBuilder("getconf", "PAGESIZE").start();
        pageBytes = Long.parseLong(new String(said.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
    }

    @Test
    void aBigSegmentCostsThePagesThatWereTouched() throws IOException {
        MemorySegment big = new LazyArena().allocate(BYTES, 4096);
        assertEquals(0, pagesThere(big));
        big.set(ValueLayout.JAVA_INT, 0, 1);
        big.set(ValueLayout.JAVA_INT, BYTES - 4, 2);
        assertEquals(2, pagesThere(big));
        assertEquals(1, big.get(ValueLayout.JAVA_INT, 0));
        assertEquals(0, big.get(ValueLayout.JAVA_LONG, BYTES / 2));
    }

    @Test
    void segmentsAreOfTheirLengthAndAlignmentAndFullOfZeros() {
        LazyArena arena = new LazyArena();
        for (long bytes : List.of(1L, LazyArena.LEAST - 1L, (long) LazyArena.LEAST, 100_000L)) {
            for (long alignment : List.of(1L, 64L, 4096L, 65_536L)) {
                MemorySegment segment = arena.allocate(bytes, alignment);
                assertEquals(bytes, segment.byteSize());
                assertEquals(0, segment.address() % alignment);
                assertEquals(-1, segment.mismatch(Arena.ofAuto().allocate(bytes)));
                assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_BYTE, bytes));
            }
        }
    }

    @Test
    void whatNobodyReachesGoesBackToTheKernel() throws Exception {
        long address = touched(new LazyArena());
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (isThere(address)) {
            assertTrue(System.nanoTime() < deadline, "still there");
            System.gc();
            Thread.sleep(10);
        }
    }

    @Test
    void moreThanThereIsIsRefusedWithItsSize() {
        LazyArena arena = new LazyArena();
        PosixException e = assertThrows(PosixException.class, () -> arena.allocate(1L << 60, 1));
        assertTrue(e.getMessage().contains("reserve 1152921504606846976 bytes"), e.getMessage());
    }

    @Test
    void theGarbageCollectorClosesIt() {
        LazyArena arena = new LazyArena();
        assertTrue(arena.scope().isAlive());
        assertThrows(UnsupportedOperationException.class, arena::close);
    }

    private static long touched(Arena arena) throws IOException {
        long address = arena.allocate(BYTES, 4096).fill((byte) 7).address() + BYTES / 2;
        assertTrue(isThere(address));
        return address;
    }

    private static int pagesThere(MemorySegment segment) throws IOException {
        int pages = 0;
        for (long at = segment.address(); at < segment.address() + segment.byteSize(); at += pageBytes) {
            pages += isThere(at) ? 1 : 0;
        }
        return pages;
    }

    /// Whether a page is in memory, or was and is in swap (/proc/PID/pagemap: the two highest bits).
    private static boolean isThere(long address) throws IOException {
        try (RandomAccessFile map = new RandomAccessFile("/proc/self/pagemap", "r")) {
            map.seek(address / pageBytes * Long.BYTES);
            return Long.reverseBytes(map.readLong()) >>> 62 != 0;
        }
    }
}
