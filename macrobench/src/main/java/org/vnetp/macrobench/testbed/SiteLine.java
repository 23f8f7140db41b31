package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The line between the two sites of a testbed: a [SiteRelay] at the switch, whose ends are a port of each site's
/// bridge and have the line's rate.
///
/// ```
///   p0  br0  w0 ======line====== w1  br1  p1
///           tbf                 tbf
/// ```
final class SiteLine {
    private static final String NEAR = "w0";
    private static final String FAR = "w1";
    private static final int START_SECONDS = 30;
    // Bytes on their way that the line has room for.
    private static final long LEAST_UNDER_WAY = 8 << 20;
    private static final long MOST_UNDER_WAY = 64 << 20;

    private final Daemon relay;

    private SiteLine(Daemon relay) {
        this.relay = relay;
    }

    /// Starts the line and joins its ends to the bridges of both sites. The lab's removal ends it.
    ///
    /// @param switchNamespace where the bridges are
    /// @throws FabricException when it does not start
    static SiteLine start(LabDirectory lab, TestbedSpec spec, String switchNamespace) {
        Sites sites = spec.sites();
        List<String> command = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + switchNamespace));
        command.addAll(Machine.smallJava("24m"));
        command.addAll(List.of(
                "-cp",
                Machine.classPath(),
                SiteRelay.class.getName(),
                NEAR,
                FAR,
                String.valueOf(spec.mtu()),
                String.valueOf(sites.delayNs()),
                String.valueOf(underWay(sites))));
        Path log = lab.resolve("line.log");
        Daemon relay = Daemon.start(
                lab, FabricSpec.NATIVE_NAME, "the switch", "the line between sites", command, Map.of(), log);
        relay.await("is not ready", START_SECONDS, () -> ProcessFabric.read(log).contains("line ready"));
        Shell.batch(
                "ip",
                switchNamespace,
                List.of("link set " + NEAR + " master br0 up", "link set " + FAR + " master br1 up"));
        if (sites.rate().shaped()) {
            LinkShape.Ends ends = new LinkShape.Ends();
            ends.add(switchNamespace, NEAR);
            ends.add(switchNamespace, FAR);
            LinkShape.set(ends, sites.rate());
        }
        return new SiteLine(relay);
    }

    private static long underWay(Sites sites) {
        if (!sites.rate().shaped()) {
            return MOST_UNDER_WAY;
        }
        long bothWays = sites.rate().bitsPerSecond() / 8 * sites.delayNs() / 1_000_000_000 * 2;
        return Math.min(MOST_UNDER_WAY, bothWays + LEAST_UNDER_WAY);
    }

    /// The process that carries it.
    Processes.Id id() {
        return relay.id();
    }

    /// @throws FabricException when the line has gone
    void requireAlive() {
        relay.requireAlive();
    }
}
