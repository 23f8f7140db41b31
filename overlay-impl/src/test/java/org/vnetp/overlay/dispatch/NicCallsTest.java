package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

class NicCallsTest {
    private static final int HERE = 0;
    private static final int THERE = 1;

    @Test
    void everyReadAndWriteOfANicIsACallWhetherOrNotItMovesAFrame() {
        Posix posix = new Posix();
        LoopStatistics statistics = new LoopStatistics("loop0");
        RoutingTable table = RoutingTable.of(List.of(new Rule(MacPattern.ANY, MacPattern.ANY, Rule.ANY_PORT, THERE)));
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        InMemoryNic guest = new InMemoryNic();
        InMemoryNic other = new InMemoryNic();
        PortCounters in = statistics.port(HERE);
        PortCounters out = statistics.port(THERE);
        NicPort from = new NicPort(HERE, "guest", guest, in);
        ports.add(from);
        ports.add(new NicPort(THERE, "other", other, out));
        OutboundPath path = new OutboundPath(Arena.ofAuto(), posix, ports, 64);
        byte[] frame = new byte[VirtioNetHeader.LENGTH + 60];
        frame[VirtioNetHeader.LENGTH] = 2;
        frame[VirtioNetHeader.LENGTH + 6] = 2;
        frame[VirtioNetHeader.LENGTH + 11] = 1;
        for (int i = 0; i < 3; i++) {
            guest.send(frame);
        }
        other.room(2);

        int visits = 0;
        int taken;
        do {
            visits++;
            taken = path.drain(from, 0);
        } while (taken > 0);

        assertEquals(3, in.get(PortCounter.FRAMES_IN));
        // Each visit but the last, which finds nothing, takes a single frame.
        assertEquals(4, visits);
        assertEquals(4, in.get(PortCounter.CALLS_IN), "reads, the empty one included");
        assertEquals(0, in.get(PortCounter.CALLS_OUT), "nothing was written to the sender");
        assertEquals(3, out.get(PortCounter.CALLS_OUT), "writes, the refused one included");
        assertEquals(2, out.get(PortCounter.FRAMES_OUT));
        assertEquals(1, out.get(PortCounter.DROPS_OUT));
        assertEquals(0, out.get(PortCounter.CALLS_IN), "nothing was read from the receiver");
    }
}
