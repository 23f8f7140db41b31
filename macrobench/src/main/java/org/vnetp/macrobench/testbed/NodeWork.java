package org.vnetp.macrobench.testbed;

import java.util.Optional;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.PortCounter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What nodes of our overlay say that they did, out of their own counters (`show stats --json`).
///
/// @param framesTaken from guests; a superframe counts once
/// @param bytesTaken from guests, in whole Ethernet frames
/// @param framesGiven to guests
/// @param bytesGiven to guests
/// @param datagrams sent to the underlay
/// @param drops under any reason
/// @param calls system calls that read or wrote
/// @param waits times a loop blocked until it was woken
/// @param kicks times that virtual machines woke a node for frames of theirs: each is an exit of the machine
/// @param wakes times that nodes woke virtual machines ("calls" of virtio)
public record NodeWork(
        long framesTaken,
        long bytesTaken,
        long framesGiven,
        long bytesGiven,
        long datagrams,
        long drops,
        long calls,
        long waits,
        long kicks,
        long wakes) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /// Reads a node's answer; empty for one that is none of ours or tells nothing.
    static Optional<NodeWork> parse(String statistics) {
        if (statistics.isEmpty()) {
            return Optional.empty();
        }
        JsonNode root;
        try {
            root = JSON.readTree(statistics);
        } catch (JacksonException e) {
            return Optional.empty();
        }
        if (!root.path("ports").isArray() || !root.path("loops").isArray()) {
            return Optional.empty();
        }
        long waits = 0;
        for (JsonNode loop : root.path("loops")) {
            waits += loop.path(LoopCounter.WAITS.label()).asLong(0);
        }
        NodeWork sum = new NodeWork(0, 0, 0, 0, 0, root.path("drops_total").asLong(0), 0, waits, 0, 0);
        for (JsonNode port : root.path("ports")) {
            boolean guest = port.path("kind").asString("").equals("nic");
            sum = sum.plus(new NodeWork(
                    guest ? of(port, PortCounter.FRAMES_IN) : 0,
                    guest ? of(port, PortCounter.BYTES_IN) : 0,
                    guest ? of(port, PortCounter.FRAMES_OUT) : 0,
                    guest ? of(port, PortCounter.BYTES_OUT) : 0,
                    of(port, PortCounter.DATAGRAMS_OUT),
                    0,
                    of(port, PortCounter.CALLS_IN) + of(port, PortCounter.CALLS_OUT),
                    0,
                    of(port, PortCounter.KICKS),
                    of(port, PortCounter.CALLS)));
        }
        return Optional.of(sum);
    }

    private static long of(JsonNode port, PortCounter counter) {
        return port.path(counter.label()).asLong(0);
    }

    NodeWork plus(NodeWork more) {
        return new NodeWork(
                framesTaken + more.framesTaken,
                bytesTaken + more.bytesTaken,
                framesGiven + more.framesGiven,
                bytesGiven + more.bytesGiven,
                datagrams + more.datagrams,
                drops + more.drops,
                calls + more.calls,
                waits + more.waits,
                kicks + more.kicks,
                wakes + more.wakes);
    }

    NodeWork minus(NodeWork earlier) {
        return new NodeWork(
                framesTaken - earlier.framesTaken,
                bytesTaken - earlier.bytesTaken,
                framesGiven - earlier.framesGiven,
                bytesGiven - earlier.bytesGiven,
                datagrams - earlier.datagrams,
                drops - earlier.drops,
                calls - earlier.calls,
                waits - earlier.waits,
                kicks - earlier.kicks,
                wakes - earlier.wakes);
    }
}
