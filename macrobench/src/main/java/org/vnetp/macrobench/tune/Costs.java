package org.vnetp.macrobench.tune;

import java.util.List;

/// What measuring takes, for plans.
public interface Costs {
    /// What one region of a workload takes with all that is around it, seconds, roughly.
    double seconds(String workload);

    /// What it takes to start everything anew for some kinds of node, seconds, roughly.
    double launchSeconds(int kinds);

    /// Those of real nodes.
    ///
    /// @param workloads all that can be asked for
    /// @param rankSeconds that a start takes in addition where MPI ranks are started
    record Live(List<LiveWorkload> workloads, double rankSeconds) implements Costs {
        private static final double NODE_SECONDS = 2.5;
        private static final double PROGRAMS_SECONDS = 2.5;
        private static final double NATIVE_SECONDS = 1.5;

        public Live {
            workloads = List.copyOf(workloads);
        }

        @Override
        public double seconds(String workload) {
            return workloads.stream()
                    .filter(each -> each.name().equals(workload))
                    .mapToDouble(LiveWorkload::seconds)
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public double launchSeconds(int kinds) {
            return NATIVE_SECONDS + rankSeconds + kinds * (NODE_SECONDS + PROGRAMS_SECONDS + rankSeconds);
        }
    }
}
