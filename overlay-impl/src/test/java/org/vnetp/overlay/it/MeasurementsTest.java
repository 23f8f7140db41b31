package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Estimates of real links against what is known of them: a shaper's rate, and what a delay line
/// says it did.
@Tag("netns")
class MeasurementsTest {
    /// The share of a full packet that a shaper counts and IP does not: the Ethernet header.
    private static final double ETHERNET = 1500.0 / 1514;

    /// A value out of `show measurements --json`; NaN where it is unknown.
    private static double value(NodeProcess node, String quantity) throws Exception {
        Matcher found =
                Pattern.compile("\"" + quantity + "\":\\{\"value\":([^,]+),").matcher(node.ask(SHOW));
        assertTrue(found.find(), quantity);
        return found.group(1).equals("null") ? Double.NaN : Double.parseDouble(found.group(1));
    }

    private static final String SHOW = "show measurements --json";

    @ParameterizedTest
    @CsvSource({
        "VNET, 100, 65536, false",
        "VNET, 100, 1048576, false",
        "VNET, 1000, 262144, false",
        "VNET, 200, 65536, true",
        "VXLAN, 100, 65536, false"
    })
    void capacityOfAShaper(TwoHosts.Format format, int megabits, int burst, boolean sealed) throws Exception {
        TwoHosts.require("ip", "tc");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            if (sealed) {
                hosts.sealed("");
            }
            NodeProcess node = hosts.both(format, "").getFirst();
            hosts.in(
                    hosts.host(1),
                    "tc qdisc add dev u root tbf rate " + megabits + "mbit burst " + burst + " latency 50ms");
            node.ask("measure on");
            Namespaces.await(() -> !Double.isNaN(value(node, "rtt")));
            node.ask("measure link peer capacity");
            Namespaces.await(() -> node.ask(SHOW).contains("\"probing\":false"));
            double truth = megabits * 1e6 * ETHERNET;
            String shown = node.ask("show measurements");
            assertEquals(truth, value(node, "capacity_out"), 0.15 * truth, shown);
            System.out.printf(
                    "capacity %s %d Mbit/s burst %d: error %.2f %%%n",
                    format, megabits, burst, 100 * (value(node, "capacity_out") / truth - 1));
        }
    }

    @Test
    void whatTheKernelCarriesIsMeasuredToo() throws Exception {
        TwoHosts.require("ip", "iperf3", "ping", "ss", "tc");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            List<NodeProcess> both = hosts.both(TwoHosts.Format.VXLAN, "fastpath");
            NodeProcess node = both.getFirst();
            for (int i = 1; i <= 2; i++) {
                hosts.in(hosts.host(i), "tc qdisc add dev u root tbf rate 100mbit burst 65536 latency 50ms");
                both.get(i - 1).ask("measure on");
            }
            hosts.in(hosts.guest(1), "ping -c 5 -i 0.02 -W 2 10.77.0.2");
            final long loopsBefore = loopFrames(node);
            final long framesBefore = node.counter("peer", "frames_out");
            hosts.iperfServer("10.77.0.2");
            hosts.start(hosts.guest(1), "iperf3", "-t", "25", "-c", "10.77.0.2");
            // The shaper's rate less headers, and no more than the shaper takes, once what TCP sent at first (the
            // shaper drops of it) is no longer among it.
            Namespaces.await(() -> {
                double rate = value(node, "rate_out");
                return rate > 60e6 && rate < 130e6;
            });
            final long frames = node.counter("peer", "frames_out") - framesBefore;
            final long own = loopFrames(node) - loopsBefore;
            assertTrue(own < frames / 4, () -> "the node itself had to do with " + own + " of " + frames);
            String shown = node.ask("show measurements");
            assertTrue(value(node, "rtt") > 0, shown);
            assertTrue(Double.isNaN(value(node, "loss_out")), "no numbers there: " + shown);
            Namespaces.await(() -> node.ask("show demands").startsWith("topology pairs"));
            String demands = node.ask("show demands");
            assertTrue(demands.startsWith("topology pairs, confidence "), demands);
            assertTrue(demands.contains(TwoHosts.mac(1) + "  " + TwoHosts.mac(2)), demands);
        }
    }

    /// Frames that the node itself had to do with.
    private static long loopFrames(NodeProcess node) throws Exception {
        return NodeProcess.number(node.ask("show stats --json"), "\"batch_frames\":(\\d+)");
    }

    @Test
    void whatAStreamLeavesOfAShaper() throws Exception {
        TwoHosts.require("ip", "tc", "iperf3", "ss");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            hosts.in(hosts.host(1), "tc qdisc add dev u root tbf rate 100mbit burst 65536 latency 50ms");
            node.ask("measure on");
            Namespaces.await(() -> !Double.isNaN(value(node, "rtt")));
            hosts.iperfServer("10.77.0.2");
            hosts.start(hosts.guest(1), "iperf3", "-u", "-b", "40M", "-l", "1400", "-t", "25", "-c", "10.77.0.2");
            // 28 bytes of headers in the guest, an Ethernet and a virtio_net_hdr, 16 of the format and 28 outside.
            Namespaces.await(() -> value(node, "rate_out") > 35e6);
            node.ask("measure link peer free");
            Namespaces.await(() -> node.ask(SHOW).contains("\"probing\":false"));
            double truth = 100e6 * ETHERNET - 40e6 * (1400 + 28 + 26 + 16 + 28) / 1400;
            String shown = node.ask("show measurements");
            assertEquals(truth, value(node, "free_out"), 0.25 * truth, shown);
            System.out.printf("free: error %.1f %%%n", 100 * (value(node, "free_out") / truth - 1));
        }
    }

    /// Two nodes whose link goes by a [DelayRelay].
    private static final class Line extends Namespaces {
        private final NodeProcess first;
        private final NodeProcess second;
        private final Process relay;
        private final int delayUs;

        Line(int delayUs, double loss) throws Exception {
            this.delayUs = delayUs;
            try {
                final String middle = add("r");
                for (int i = 1; i <= 2; i++) {
                    add("h" + i);
                    add("g" + i);
                    run(("ip link add u netns " + name("h" + i) + " type veth peer name u" + i + " netns " + middle)
                            .split(" "));
                    ip(name("h" + i), "addr add 10.98." + i + ".1/24 dev u");
                    ip(name("h" + i), "link set u up");
                    ip(middle, "addr add 10.98." + i + ".254/24 dev u" + i);
                    ip(middle, "link set u" + i + " up");
                }
                relay = java(
                        middle,
                        DelayRelay.class.getName(),
                        "10.98.1.254:4789",
                        "10.98.1.1:4789",
                        "10.98.2.254:4789",
                        "10.98.2.1:4789",
                        Integer.toString(delayUs),
                        Double.toString(loss),
                        "4711");
                awaitOutput(relay, "relay ready");
                first = node(1);
                second = node(2);
                first.awaitReady();
                second.awaitReady();
                for (int i = 1; i <= 2; i++) {
                    ip(name("g" + i), "addr add 10.97.0." + i + "/24 dev g");
                    ip(name("g" + i), "link set g up");
                }
            } catch (Exception | Error e) {
                close();
                throw e;
            }
        }

        private NodeProcess node(int i) throws Exception {
            return launchNode(
                    name("h" + i),
                    "n" + i,
                    List.of(
                            "listen 10.98." + i + ".1:4789 network 42",
                            "nic g tap netns /run/netns/" + name("g" + i),
                            "link add peer 10.98." + i + ".254:4789",
                            "route add any any edge peer interface g",
                            "route add any any interface g edge peer"));
        }

        /// What the relay said last.
        long told(String direction, String what) throws Exception {
            Matcher line = Pattern.compile("relay " + direction + " .*?" + what + "=(\\d+)")
                    .matcher(printed(relay));
            long last = -1;
            while (line.find()) {
                last = Long.parseLong(line.group(1));
            }
            return last;
        }
    }

    /// Lines of three lengths, side by side: an estimate takes ten echoes of a second each.
    @Test
    void baseDelaysOfLines() throws Exception {
        TwoHosts.require("ip");
        try (Line near = new Line(500, 0);
                Line far = new Line(5_000, 0);
                Line farthest = new Line(50_000, 0)) {
            List<Line> lines = List.of(near, far, farthest);
            for (Line line : lines) {
                line.first.ask("measure on");
                line.second.ask("measure on");
            }
            for (Line line : lines) {
                baseDelayOf(line);
            }
        }
    }

    private static void baseDelayOf(Line line) throws Exception {
        Namespaces.await(
                () -> line.first.ask(SHOW).matches(".*\"base_rtt\":\\{[^}]*\"samples\":(?:1[0-9]|[2-9][0-9]).*"));
        double out = value(line.first, "base_delay_out");
        double back = value(line.first, "base_delay_in");
        double rtt = value(line.first, "base_rtt");
        // The relay cannot see what the way to and from it takes, some microseconds on a machine that has time.
        Thread.sleep(1100);
        final double truthOut = line.told("out", "least_ns");
        final double truthBack = line.told("back", "least_ns");
        String shown = line.first.ask("show measurements");
        near(truthOut, out, 1, shown);
        near(truthBack, back, 1, shown);
        near(truthOut + truthBack, rtt, 2, shown);
        System.out.printf(
                "delay %d us: error out %.1f us, back %.1f us, round trip %.1f us (%.2f %%)%n",
                line.delayUs,
                (out - truthOut) / 1e3,
                (back - truthBack) / 1e3,
                (rtt - truthOut - truthBack) / 1e3,
                100 * (rtt / (truthOut + truthBack) - 1));
    }

    /// Within 10 %, or 200 us a way where the machine is busy: each end still has to send, and no way is
    /// shorter than its line.
    private static void near(double truth, double measured, int ways, String shown) {
        assertTrue(measured >= truth - 50_000, measured + " is less than " + truth + "\n" + shown);
        assertTrue(
                measured <= truth + Math.max(0.1 * truth, 200_000.0 * ways), measured + " for " + truth + "\n" + shown);
    }

    @Test
    void lossOfALine() throws Exception {
        TwoHosts.require("ip", "ping");
        try (Line line = new Line(200, 0.01)) {
            line.first.ask("measure on");
            Namespaces.await(() -> !Double.isNaN(value(line.first, "loss_out")));
            final long sentBefore = line.told("out", "passed") + line.told("out", "lost");
            line.tryIn(line.name("g1"), "ping -q -i 0.001 -c 8000 -W 1 10.97.0.2");
            Thread.sleep(1500);
            final double lost = line.told("out", "lost");
            final double sent = line.told("out", "passed") + lost;
            assertTrue(sent - sentBefore > 6000, sent + " datagrams");
            double measured = value(line.first, "loss_out");
            String shown = line.first.ask("show measurements");
            assertEquals(lost / sent, measured, 0.2 * lost / sent, shown);
            System.out.printf("loss %.4f %%: error %.1f %%%n", 100 * lost / sent, 100 * (measured / (lost / sent) - 1));
        }
    }
}
