package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// What a flood of forged datagrams costs a sealed link's node, and what is left of a TCP stream beside it:
/// `-Dvnetp.flood=SECONDS` measures each rate for so long, twice, and prints the table. The datagrams come
/// merged by sixteens, as a network card hands them over, or by `-Dvnetp.flood.merged=N`. That a stream
/// survives at all is [SealedLinkTest]'s.
@Tag("netns")
@EnabledIfSystemProperty(named = "vnetp.flood", matches = "[1-9][0-9]*")
class ForgedFloodCostTest {
    private static final int SECONDS = Integer.getInteger("vnetp.flood", 0);
    private static final int MERGED = Integer.getInteger("vnetp.flood.merged", 16);
    private static final List<Long> RATES = List.of(0L, 10_000L, 100_000L, 300_000L, 1_000_000L);
    private static final Pattern SENT = Pattern.compile("sent (\\d+)");

    /// A node's CPU time and what it refused.
    private record State(Duration cpu, long refused) {
        static State of(NodeProcess node) throws Exception {
            long refused = node.sum("forged") + node.sum("other-keys") + node.sum("replayed");
            return new State(
                    node.process().info().totalCpuDuration().orElseThrow(() -> new AssertionError("no CPU time")),
                    refused);
        }
    }

    private static long sent(TwoHosts hosts, Process flood) throws Exception {
        hosts.awaitOutput(flood, "sent ");
        Matcher sent = SENT.matcher(hosts.printed(flood));
        assertTrue(sent.find());
        return Long.parseLong(sent.group(1));
    }

    @Test
    void table() throws Exception {
        TwoHosts.require("ip", "iperf3", "ss");
        System.out.println(
                "| wanted, a second | sent | opened in vain | node 2's CPU, idle link | ns each | TCP beside it,"
                        + " Gbit/s | node 2's CPU then |");
        System.out.println("|---|---|---|---|---|---|---|");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            hosts.sealed("");
            List<NodeProcess> both = hosts.both(TwoHosts.Format.VNET, "");
            for (NodeProcess node : both) {
                Namespaces.await(() -> node.ask("show links").contains("sealed=aes-128-gcm"));
            }
            NodeProcess node = both.getLast();
            hosts.iperf(TwoHosts.guestAddress(2), "-t 3"); // warms up
            for (long rate : RATES) {
                State before = State.of(node);
                long sent = rate == 0 ? 0 : sent(hosts, hosts.forge(SECONDS, rate, MERGED));
                if (rate == 0) {
                    TimeUnit.SECONDS.sleep(SECONDS);
                }
                State idle = State.of(node);
                long refused = idle.refused() - before.refused();
                double cpu = seconds(idle) - seconds(before);
                Process beside = rate == 0 ? null : hosts.forge(SECONDS, rate, MERGED);
                long bytes = hosts.iperf(TwoHosts.guestAddress(2), "-t " + SECONDS);
                State busy = State.of(node);
                long sentBeside = beside == null ? 0 : sent(hosts, beside);
                assertTrue(bytes > 0, "the stream died at " + rate);
                assertEquals(rate > 0, refused > 0, "refused " + refused + " of " + sent);
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %.0f; %.0f beside TCP | %.0f | %.2f | %s | %.2f | %.2f |%n",
                        rate,
                        (double) sent / SECONDS,
                        (double) sentBeside / SECONDS,
                        (double) refused / SECONDS,
                        cpu / SECONDS,
                        refused == 0 ? "" : String.format(Locale.ROOT, "%.0f", cpu * 1e9 / refused),
                        bytes * 8e-9 / SECONDS,
                        (seconds(busy) - seconds(idle)) / SECONDS);
            }
        }
    }

    private static double seconds(State state) {
        return state.cpu().toNanos() / 1e9;
    }
}
