package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A node as a service: SIGHUP has it read its file again, and frames of what stays are not lost.
@Tag("netns")
@Timeout(120)
class ReloadedNodeTest {
    private static final Pattern PINGS = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

    private static void hangUp(NodeProcess node) throws Exception {
        // Of the process that `ip netns exec` has become.
        Namespaces.run("kill", "-HUP", Long.toString(node.process().pid()));
    }

    @Test
    void framesThatCrossItAreNotLost() throws Exception {
        Namespaces.require("ip", "ping", "setsid");
        try (TwoHosts hosts = TwoHosts.up(1500)) {
            NodeProcess node = hosts.both(TwoHosts.Format.VNET, "").getFirst();
            Path file = hosts.directory().resolve("n1.vnetp");
            String text = Files.readString(file);
            hosts.in(hosts.guest(1), "ping -c 1 -W 5 " + TwoHosts.guestAddress(2));

            Process pings = hosts.start(hosts.guest(1), "ping", "-q", "-i", "0.002", TwoHosts.guestAddress(2));
            Files.writeString(
                    file, text + "link add other 10.99.0.9:4789\nroute add any 02:00:00:00:00:99 edge other any\n");
            hangUp(node);
            hosts.awaitOutput(
                    node.process(),
                    "read " + file + " again: link other, route add any 02:00:00:00:00:99 edge other any\n");
            assertTrue(node.ask("show links").contains("other"));
            Files.writeString(file, text + "nonsense\n");
            hangUp(node);
            hosts.awaitOutput(node.process(), "nothing has changed: " + file + ": line");
            assertTrue(node.ask("show links").contains("other"));
            Files.writeString(file, text);
            hangUp(node);
            hosts.awaitOutput(
                    node.process(), "again: route del any 02:00:00:00:00:99 edge other any, link del other\n");

            Namespaces.run("kill", "-INT", Long.toString(pings.pid()));
            pings.waitFor();
            Matcher counted = PINGS.matcher(hosts.printed(pings));
            assertTrue(counted.find(), hosts.printed(pings));
            int sent = Integer.parseInt(counted.group(1));
            int received = Integer.parseInt(counted.group(2));
            assertTrue(sent > 20, hosts.printed(pings));
            // The last may have been under way.
            assertTrue(received >= sent - 1, hosts.printed(pings));
        }
    }
}
