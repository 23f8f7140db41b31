package org.vnetp.macrobench.workload;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The workloads there are.
public final class Workloads {
    private static final Map<String, Workload> ALL = new LinkedHashMap<>();

    static {
        for (Workload workload : List.of(Iperf3.throughput(), Iperf3.frames(), new Sockperf(), new Latency())) {
            ALL.put(workload.name(), workload);
        }
        for (Workload workload : List.of(new Netpipe(), new Hpcc(), new Dummy())) {
            ALL.put(workload.name(), workload);
        }
        for (Workload workload :
                List.of(Iperf3.frameRate(), Iperf3.udpThroughput(), new LossFree(), new LatencyLoad())) {
            ALL.put(workload.name(), workload);
        }
        MpiWorkload.all().forEach(workload -> ALL.put(workload.name(), workload));
    }

    private Workloads() {}

    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /// Those that run when none is named.
    public static List<String> byDefault() {
        return ALL.values().stream()
                .filter(Workload::byDefault)
                .map(Workload::name)
                .toList();
    }

    /// @throws IllegalArgumentException naming the legal ones
    public static Workload find(String name) {
        Workload workload = ALL.get(name);
        if (workload == null) {
            throw new IllegalArgumentException(
                    "workload: expected " + String.join(", ", ALL.keySet()) + ", got '" + name + "'");
        }
        return workload;
    }
}
