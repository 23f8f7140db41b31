package org.vnetp.nas.npb;

import java.util.Map;
import java.util.OptionalLong;

/// The result block of one run, as printed.
///
/// @param kernel lower case, as in the program's name: `cg`
/// @param problemClass `S`..`F`, or `U` when the program did not recognise its parameters
/// @param size as printed, without padding: `1400`, `64x  64x  64`
/// @param seconds printed with 10 ms resolution; never compute a rate from it
/// @param processes ranks that MPI started
/// @param activeProcesses ranks that took part; equal to `processes` when the program prints no such line (DT)
/// @param mopsTotal NaN when it cannot be read; millions of operations a second over all ranks; for DT MiB/s
/// @param operationType as printed: `floating point`, `Random numbers generated`, `keys ranked`, `bytes
///     transmitted`
/// @param version as printed
/// @param timers seconds by timer name, empty unless the program was run with its timers on
/// @param payloadBytes that ranks sent to other hosts in the whole run; empty but for our own kernels
/// @param timedPayloadBytes the same in one timed region
public record NpbResult(
        String kernel,
        char problemClass,
        String size,
        int iterations,
        double seconds,
        int processes,
        int activeProcesses,
        double mopsTotal,
        String operationType,
        String version,
        Map<String, Timer> timers,
        OptionalLong payloadBytes,
        OptionalLong timedPayloadBytes) {

    public NpbResult {
        timers = Map.copyOf(timers);
    }

    /// One line of the timer block: seconds over the ranks.
    public record Timer(double minimum, double maximum, double average) {}

    /// Share of the timed region that the average rank spent in communication, 0..1; NaN when the run printed
    /// no timers.
    public double communicationShare() {
        Timer communication = timers.get("totcomm");
        Timer total = timers.get("total");
        if (communication == null || total == null || !(total.average() > 0)) {
            return Double.NaN;
        }
        return communication.average() / total.average();
    }
}
