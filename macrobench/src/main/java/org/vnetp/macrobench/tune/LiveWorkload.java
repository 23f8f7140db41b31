package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.nio.file.Path;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.workload.ResidentPair;
import org.vnetp.reports.result.Run;

/// Something to measure over nodes whose settings change while it stays.
public interface LiveWorkload {
    /// The benchmark of its observations.
    String name();

    /// What one region takes with all that is around it, seconds, roughly.
    double seconds();

    /// Starts its programs and warms them up.
    ///
    /// @throws IOException with the reason when they do not come up
    Live start(Site site) throws IOException, InterruptedException;

    /// Where a workload runs: a fabric that is up.
    interface Site {
        Fabric fabric();

        /// The pair of programs that the network workloads of a fabric share; it is the site's.
        ResidentPair pair() throws IOException, InterruptedException;

        /// Where programs' own output goes; a path without suffix, another each time.
        Path raw(String name);
    }

    /// The programs of a workload on a fabric. For one thread.
    interface Live extends AutoCloseable {
        /// Puts its load on the fabric for a moment, so that nodes are in the mode that they will be measured in.
        void settle() throws IOException, InterruptedException;

        /// Makes one region and records its values.
        ///
        /// @return bytes of payload that crossed the fabric for sure, for the proof of path; 0 for unknown
        long region(Run run) throws IOException, InterruptedException;

        /// Records what counters around the region say beside its values.
        default void account(Run run, Counters moved) {}

        @Override
        void close() throws IOException;
    }
}
