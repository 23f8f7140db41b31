package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.result.LatencyLog;

@Timeout(30)
class LatencyProbeTest {
    /// Answers all but every n-th probe, and stalls once for some time.
    private static Thread echo(DatagramChannel channel, int dropEvery, long stallMs, AtomicInteger dropped) {
        Thread thread = new Thread(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            boolean stalled = false;
            try {
                while (true) {
                    var from = channel.receive(buffer.clear());
                    int number = buffer.getInt(0);
                    if (number == 50 && stallMs > 0 && !stalled) {
                        stalled = true;
                        Thread.sleep(stallMs);
                    }
                    if (number >= 0 && dropEvery > 0 && number % dropEvery == 0) {
                        dropped.incrementAndGet();
                    } else {
                        channel.send(buffer.flip(), from);
                    }
                }
            } catch (IOException | InterruptedException closed) {
                // The test is over.
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static DatagramChannel server() throws IOException {
        return DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Test
    void lostProbesAreCountedAndStayInThePercentiles(@TempDir Path directory) throws Exception {
        AtomicInteger dropped = new AtomicInteger();
        try (DatagramChannel channel = server()) {
            echo(channel, 10, 0, dropped);
            var probe = new LatencyProbe.Probe((InetSocketAddress) channel.getLocalAddress(), 1000, 0.5, 64);
            probe.run();
            assertEquals(500, probe.histogram(true).getTotalCount());
            assertTrue(probe.lost() >= 50 && probe.lost() == dropped.get(), probe.lost() + " lost");
            // A tenth is lost, so the 95th percentile lies in the wait for them.
            assertTrue(probe.histogram(true).getValueAtPercentile(95) > 400_000_000);
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            Path log = directory.resolve("x.hlog");
            probe.write(log, new PrintStream(line, true, StandardCharsets.UTF_8));
            assertTrue(line.toString(StandardCharsets.UTF_8).startsWith("sent=500 lost=" + probe.lost() + " min="));
            Histogram read = new Histogram(60_000_000_000L, 3);
            LatencyLog.addTo(read, log);
            assertEquals(500, read.getTotalCount());
        }
    }

    @Test
    void aStallIsSeenByEveryProbeMeantForItsTime() throws Exception {
        try (DatagramChannel channel = server()) {
            echo(channel, 0, 200, new AtomicInteger());
            var probe = new LatencyProbe.Probe((InetSocketAddress) channel.getLocalAddress(), 1000, 0.5, 64);
            probe.run();
            // 200 of the 500 probes fell into the stall; half of those waited 100 ms and more, or on a busy machine for
            // longer than answers are waited for.
            var waited = probe.histogram(true);
            long late = waited.getTotalCount() - waited.getCountBetweenValues(0, 50_000_000);
            assertTrue(late + probe.lost() >= 75, late + " late, " + probe.lost() + " lost");
            assertTrue(probe.lost() < 200, probe.lost() + " lost");
        }
    }

    @Test
    void impossibleSettingsAreRefused() {
        var target = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        assertThrows(IllegalArgumentException.class, () -> new LatencyProbe.Probe(target, 0, 1, 64));
        assertThrows(IllegalArgumentException.class, () -> new LatencyProbe.Probe(target, 10, 1, 8));
        assertThrows(IllegalArgumentException.class, () -> new LatencyProbe.Probe(target, Double.NaN, 1, 64));
    }
}
