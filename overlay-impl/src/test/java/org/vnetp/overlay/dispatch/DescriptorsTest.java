package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;

/// A loop whose descriptor reports without end.
class DescriptorsTest {
    private static final int NIC = 3;

    private final LoopStatistics statistics = new LoopStatistics("loop");
    private final List<Death> deaths = new CopyOnWriteArrayList<>();

    /// Readable for ever, but whatever is read says the same.
    private static final class Stuck implements VirtualNic {
        private final int fd = Posix.check(new Posix().eventfd(), "eventfd");
        private volatile int answer;

        Stuck(int answer) {
            this.answer = answer;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
                new Posix().write(fd, one.address(), 8);
            }
        }

        @Override
        public int read(Posix posix, MemorySegment slab, long offset, int capacity) {
            return answer;
        }

        @Override
        public int write(Posix posix, ScatterList frame) {
            return -Errno.EIO;
        }

        @Override
        public int descriptor() {
            return fd;
        }

        @Override
        public void close() {
            new Posix().close(fd);
        }
    }

    private interface Look {
        void at(DispatchLoop loop) throws Exception;
    }

    private void run(DispatchMode mode, Stuck nic, Look look) throws Exception {
        Posix posix = new Posix();
        Ports ports = new Ports(posix, new Forwarder(RoutingTable.empty(), statistics.counters()), statistics);
        DispatchLoop loop = new DispatchLoop(
                posix, System::nanoTime, ports, statistics, DispatchSettings.DEFAULT.driven(mode), e -> {});
        loop.deaths(deaths::add);
        loop.add(new NicPort(NIC, "stuck", nic, statistics.port(NIC)), true);
        Thread thread = Thread.ofPlatform().start(loop);
        try {
            look.at(loop);
        } finally {
            loop.close();
            thread.join();
            loop.release();
            nic.close();
        }
    }

    private long roundsOf(long ms) throws InterruptedException {
        long before = statistics.counters().get(LoopCounter.ROUNDS);
        Thread.sleep(ms);
        return statistics.counters().get(LoopCounter.ROUNDS) - before;
    }

    @Test
    void oneThatYieldsNothingDoesNotKeepTheLoopAwakeAndIsHeardWhenItDoes() throws Exception {
        Stuck nic = new Stuck(VirtualNic.NOTHING);
        run(DispatchMode.GUEST, nic, loop -> {
            while (statistics.counters().get(LoopCounter.ROUNDS) < 5L * Descriptors.RUN) {
                Thread.onSpinWait();
            }
            long rounds = roundsOf(300);
            assertTrue(rounds < 20L * Descriptors.RUN, rounds + " rounds");
            assertEquals(List.of(), deaths);
            // A frame, too short to be one.
            nic.answer = 13;
            while (statistics.port(NIC).get(PortCounter.FRAMES_IN) < 1000) {
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void anErrorThatPassesIsNoDeathAndCostsLittle() throws Exception {
        run(DispatchMode.GUEST, new Stuck(-Errno.EIO), loop -> {
            while (statistics.counters().get(LoopCounter.ROUNDS) < 5L * Descriptors.RUN) {
                Thread.onSpinWait();
            }
            assertTrue(roundsOf(300) < 20L * Descriptors.RUN);
            assertEquals(List.of(), deaths);
        });
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void oneWhoseDeviceIsGoneIsReportedOnceAndReadNoMore(DispatchMode mode) throws Exception {
        Stuck nic = new Stuck(-Errno.EBADFD);
        run(mode, nic, loop -> {
            while (deaths.isEmpty()) {
                Thread.onSpinWait();
            }
            long rounds = roundsOf(100);
            assertTrue(mode == DispatchMode.VMM || rounds < 10, rounds + " rounds");
        });
        assertEquals(List.of(new Death(Death.Kind.NIC, NIC, nic.fd, Errno.EBADFD)), deaths);
        assertEquals(1, statistics.port(NIC).get(PortCounter.ERRORS));
    }
}
