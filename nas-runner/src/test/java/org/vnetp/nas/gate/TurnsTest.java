package org.vnetp.nas.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Forks that are threads here, and speak as [the profiler](org.vnetp.microbench.TurnsProfiler) does.
@Timeout(60)
class TurnsTest {
    private static final List<String> ARMS = List.of("base", "head", "base-again");

    @TempDir
    Path directory;

    private final List<String> order = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /// A fork that runs these iterations, and dies in one that is called `dies`.
    private void fork(Path socket, String arm, List<String> iterations) {
        try (SocketChannel gate = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            for (String iteration : iterations) {
                gate.write(ByteBuffer.wrap(("ready " + iteration + "\n").getBytes(StandardCharsets.UTF_8)));
                if (gate.read(ByteBuffer.allocate(1)) < 1) {
                    return;
                }
                most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                order.add(arm + " " + iteration);
                Thread.sleep(1);
                atOnce.decrementAndGet();
                if (iteration.equals("dies")) {
                    return;
                }
                gate.write(ByteBuffer.wrap("done\n".getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// @param forks of each arm, one after the other
    private boolean run(Map<String, List<List<String>>> forks, long deadlineS) throws Exception {
        Path apart = Files.createTempDirectory("turns");
        Map<String, Thread> programs = new LinkedHashMap<>();
        boolean ended;
        try (Turns turns = new Turns(ARMS, apart, new Random(7))) {
            forks.forEach((arm, all) -> programs.put(
                    arm,
                    Thread.ofVirtual()
                            .start(() -> all.forEach(iterations -> fork(turns.socket(arm), arm, iterations)))));
            ended = turns.run(
                    arm -> programs.get(arm).isAlive(), System.nanoTime() + TimeUnit.SECONDS.toNanos(deadlineS));
        }
        for (Thread program : programs.values()) {
            program.join();
        }
        try (var left = Files.list(apart)) {
            assertEquals(0, left.count(), "the sockets are gone");
        }
        Files.delete(apart);
        return ended;
    }

    @Test
    void theSameIterationsRunTogetherAndOneAtATime() throws Exception {
        List<List<String>> two = List.of(Collections.nCopies(20, "a;x=1"), Collections.nCopies(20, "b"));
        assertTrue(run(Map.of("base", two, "head", two, "base-again", two), 30));
        assertEquals(1, most.get(), "one at a time");
        assertEquals(120, order.size());
        HashSet<List<String>> orders = new HashSet<>();
        for (int i = 0; i < order.size(); i += 3) {
            List<String> group = order.subList(i, i + 3);
            List<String> arms = group.stream().map(each -> each.split(" ")[0]).toList();
            assertEquals(new HashSet<>(ARMS), new HashSet<>(arms), group.toString());
            assertEquals(
                    1, group.stream().map(each -> each.split(" ")[1]).distinct().count(), group.toString());
            orders.add(arms);
        }
        assertTrue(orders.size() >= 3, "in orders that change: " + orders);
    }

    @Test
    void whatOneArmAloneHasRunsAloneAndAForkThatDiesHoldsNobodyUp() throws Exception {
        assertTrue(run(
                Map.of(
                        "base", List.of(List.of("a", "c")),
                        "head", List.of(List.of("a", "b", "b", "c")),
                        "base-again", List.of(List.of("a", "dies"))),
                30));
        assertEquals(1, most.get());
        assertEquals(8, order.size());
        assertTrue(order.indexOf("head b") > 2 && order.indexOf("base c") > order.indexOf("head b"), order.toString());
    }

    @Test
    void nobodyWaitsForEver() throws Exception {
        assertFalse(run(
                Map.of(
                        "base", List.of(Collections.nCopies(100_000, "a")),
                        "head", List.of(Collections.nCopies(100_000, "a")),
                        "base-again", List.of(Collections.nCopies(100_000, "a"))),
                1));
    }
}
