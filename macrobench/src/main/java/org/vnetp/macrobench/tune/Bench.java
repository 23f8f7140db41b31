package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.util.Optional;
import org.vnetp.reports.result.Run;

/// Where settings are measured. For one thread.
public interface Bench extends Costs, AutoCloseable {
    /// Lets a workload run for one region under a setting, and records its values; a region that fails is
    /// recorded as such, with the reason.
    ///
    /// @param setting empty for native, where there is nothing to set
    /// @param workload one of those that it was made for
    /// @throws InterruptedException when it is to stop; the run is worth nothing then
    void measure(Optional<Setting> setting, String workload, Run run) throws IOException, InterruptedException;

    /// Ends nodes and programs. The next measurement finds fresh ones: an independent launch.
    void renew() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
