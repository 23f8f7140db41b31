package org.vnetp.macrobench.testbed;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A lab of many nodes, to be brought up, measured and removed.
///
/// @param hosts       hosts, each with a node and a guest
/// @param topology    how `fabric` links them
/// @param sweepWithin when guests that do not reach each other are given up
record ScaleLab(int hosts, String topology, FabricSpec fabric, Duration sweepWithin) {
    /// Does that; nothing is left, however it ends.
    ///
    /// @param silentSeconds for how long the nodes' CPU time is taken while no guest sends
    ScaleCell measure(int silentSeconds) throws InterruptedException {
        System.err.println("bringing up " + hosts + " hosts, " + topology + " ...");
        long began = System.nanoTime();
        NamespaceTestbed testbed = NamespaceTestbed.up(TestbedSpec.hosts(hosts));
        try (testbed) {
            double labSeconds = since(began);
            VnetpFabric nodes = (VnetpFabric) testbed.fabric(fabric);
            Sweep.Outcome swept;
            try (Sweep sweep = new Sweep(nodes.namespaceEndpoints())) {
                swept = sweep.run(sweepWithin);
            }
            nodes.check();
            List<Long> pids =
                    nodes.daemons().stream().map(each -> each.id().pid()).toList();
            double[] cpuBefore = cpuSeconds(pids);
            double[] framesBefore = frames(nodes);
            long from = System.nanoTime();
            TimeUnit.SECONDS.sleep(silentSeconds);
            double[] cpu = cpuSeconds(pids);
            double[] frames = frames(nodes);
            double silent = since(from);
            for (int i = 0; i < hosts; i++) {
                cpu[i] = (cpu[i] - cpuBefore[i]) * 1000 / silent;
                frames[i] = (frames[i] - framesBefore[i]) / silent;
            }
            double[] pss = pids.stream()
                    .mapToDouble(pid -> Processes.memoryKb(pid, "Pss"))
                    .toArray();
            double[] rss = pids.stream()
                    .mapToDouble(pid -> Processes.memoryKb(pid, "Rss"))
                    .toArray();
            long ask = System.nanoTime();
            for (int i = 0; i < hosts; i++) {
                nodes.say(i, "show node --json");
            }
            double askSeconds = since(ask);
            nodes.check();
            long down = System.nanoTime();
            testbed.close();
            return new ScaleCell(
                    hosts,
                    topology,
                    labSeconds,
                    nodes.startSeconds(),
                    swept,
                    pss,
                    rss,
                    cpu,
                    frames,
                    askSeconds,
                    since(down));
        }
    }

    private static double since(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }

    private static double[] cpuSeconds(List<Long> pids) {
        return pids.stream().mapToDouble(Processes::cpuSecondsOf).toArray();
    }

    private static double[] frames(VnetpFabric fabric) {
        return fabric.underlay().stream()
                .mapToDouble(each -> each.rxFrames() + each.txFrames())
                .toArray();
    }
}
