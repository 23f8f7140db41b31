package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A Linux VXLAN device on host 2 and one of our nodes on host 1 form one network.
@Tag("netns")
class KernelVxlanInteropTest {
    private static final long TCP_BYTES = 60_000_000;
    private static final long UDP_BYTES = 1_000_000;

    @BeforeAll
    static void require() {
        TwoHosts.require("ip", "iperf3", "ping", "ethtool", "ss");
    }

    @ParameterizedTest(name = "underlay MTU {0}, kernel device with {1}")
    @CsvSource({"1500, noudpcsum", "9000, udpcsum"})
    void guestsPingAndStreamBothWays(int mtu, String options) throws Exception {
        try (TwoHosts hosts = TwoHosts.up(mtu)) {
            hosts.kernel(2, mtu - 50, options);
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, "");
            reach(hosts, mtu - 50);
            stream(hosts);
            assertTrue(node.counter("peer", "gso_sends") > 0, "superframes were cut and sent in trains");
            assertTrue(node.counter("peer", "superframes_in") > 0, "superframes reached the guest");
            tags(hosts);
        }
    }

    @Test
    void aKernelBehindRealNetworkCardsIsMergedInUserSpace() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            // Without these the kernel hands over whole superframes with unfinished checksums inside, which no wire
            // carries.
            hosts.in(hosts.host(2), "ethtool -K u tx off tso off gso off tx-udp_tnl-segmentation off");
            hosts.kernel(2, 1450, "noudpcsum");
            final NodeProcess node = hosts.node(1, TwoHosts.Format.VXLAN, "");
            reach(hosts, 1450);
            stream(hosts);
            assertTrue(node.counter("peer", "superframes_in") > 0, "frames were merged");
        }
    }

    @Test
    void everythingWorksWithoutAnyOffload() throws Exception {
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            for (int i = 1; i <= 2; i++) {
                hosts.in(hosts.host(i), "ethtool -K u tx off rx off tso off gso off gro off tx-udp-segmentation off");
            }
            hosts.kernel(2, 1450, "noudpcsum");
            hosts.node(1, TwoHosts.Format.VXLAN, "");
            hosts.in(hosts.guest(1), "ethtool -K g tx off tso off gso off gro off");
            hosts.in(hosts.guest(2), "ethtool -K g tx off tso off gso off gro off");
            reach(hosts, 1450);
            stream(hosts);
        }
    }

    static void reach(TwoHosts hosts, int guestMtu) throws Exception {
        hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 10.77.0.2");
        hosts.in(hosts.guest(1), "ping -c 3 -i 0.05 -W 2 fd77::2");
        // The largest packets that fit, not to be fragmented.
        hosts.in(hosts.guest(1), "ping -c 2 -i 0.05 -W 2 -M do -s " + (guestMtu - 28) + " 10.77.0.2");
        hosts.in(hosts.guest(2), "ping -c 2 -i 0.05 -W 2 -M do -s " + (guestMtu - 48) + " fd77::1");
    }

    static void stream(TwoHosts hosts) throws Exception {
        for (final String server : new String[] {"10.77.0.2", "fd77::2"}) {
            for (final String way : new String[] {"", " -R"}) {
                // The receiver does not count what is still under way when the sender says that it is done: megabytes
                // where the kernel carries the stream.
                final long arrived = hosts.iperf(server, "-n " + TCP_BYTES + way);
                assertTrue(arrived >= TCP_BYTES / 2, () -> "TCP " + server + way + ": " + arrived + " bytes");
                // On a busy machine the receiving socket overflows; that is no fault of the overlay.
                final long got = hosts.iperf(server, "-u -b 20M -l 1200 -n " + UDP_BYTES + way);
                assertTrue(got > UDP_BYTES / 4, () -> "UDP " + server + way + ": " + got + " bytes");
            }
        }
        for (int i = 1; i <= 2; i++) {
            assertEquals(0, wrongChecksums(hosts.in(hosts.guest(i), "cat /proc/net/snmp"), "(?:Tcp|Udp):.*"));
            assertEquals(0, wrongChecksums(hosts.in(hosts.guest(i), "cat /proc/net/snmp6"), "Udp6InCsumErrors.*"));
        }
    }

    /// What the guest's kernel refused for its checksum.
    private static long wrongChecksums(String counters, String lines) {
        long wrong = 0;
        String[] names = {};
        for (final String line : counters.lines().filter(l -> l.matches(lines)).toList()) {
            final String[] fields = line.split("\\s+");
            if (fields.length == 2) {
                wrong += Long.parseLong(fields[1]);
            } else if (line.contains("InCsumErrors")) {
                names = fields;
            } else {
                wrong += Long.parseLong(fields[Arrays.asList(names).indexOf("InCsumErrors")]);
            }
        }
        return wrong;
    }

    /// A frame with a VLAN tag each way.
    static void tags(TwoHosts hosts) throws Exception {
        tags(hosts, TaggedFrames.TEST_TYPE);
    }

    /// @param type behind the tag
    static void tags(TwoHosts hosts, int type) throws Exception {
        for (int from = 1; from <= 2; from++) {
            final int to = 3 - from;
            final Process receiver =
                    hosts.java(hosts.guest(to), TaggedFrames.class.getName(), "await", "g", "7", "" + type);
            hosts.awaitOutput(receiver, "listening");
            final Process sender = hosts.java(
                    hosts.guest(from),
                    TaggedFrames.class.getName(),
                    "send",
                    "g",
                    TwoHosts.mac(to),
                    TwoHosts.mac(from),
                    "7",
                    "20",
                    "" + type);
            hosts.awaitOutput(receiver, "tagged 896");
            assertTrue(sender.waitFor(20, TimeUnit.SECONDS) && receiver.waitFor(20, TimeUnit.SECONDS));
            assertEquals(0, sender.exitValue());
        }
    }
}
