package org.vnetp.macrobench.workload;

import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The workloads there are.
public final class Workloads {
    private static final Map<String, Workload> ALL = new LinkedHashMap<>();

    static {
        Stream.concat(
                        Stream.of(
                                Iperf3.throughput(),
                                Iperf3.frames(),
                                new Sockperf(),
                                new Latency(),
                                new Netpipe(),
                                new Hpcc(),
                                new Dummy(),
                                Iperf3.frameRate(),
                                Iperf3.udpThroughput(),
                                new LossFree(),
                                new LatencyLoad(),
                                new Noise(),
                                new Migration(),
                                new Adaptation(MpiWorkload::installed),
                                new Placement(MpiWorkload::installed),
                                new TwoSites(MpiWorkload::installed),
                                new SlowLink(MpiWorkload::installed),
                                new Failover()),
                        MpiWorkload.all())
                .forEach(workload -> ALL.put(workload.name(), workload));
    }

    private Workloads() {}

    /// Their names, for help and completion.
    public static final class Names extends AbstractList<String> {
        private final List<String> names = names();

        @Override
        public String get(int index) {
            return names.get(index);
        }

        @Override
        public int size() {
            return names.size();
        }
    }

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

    /// Those that run in a look of two minutes when none is named.
    public static List<String> quick() {
        return byDefault().stream()
                .filter(name -> !name.equals("mpi-sendrecv") && !name.equals("mpi-alltoall"))
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
