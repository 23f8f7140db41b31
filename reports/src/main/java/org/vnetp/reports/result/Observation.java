package org.vnetp.reports.result;

/// One row of `observations.csv`: one value of one metric of one run.
///
/// @param suite `nas`, `macro` or `micro`
/// @param benchmark for `nas` kernel.class.ranks (`cg.A.4`), for `macro` the workload (`tcp-throughput`)
/// @param fabric [Fabrics#NATIVE], `vnetp`, `vxlan`, ...
/// @param link rate of the links: `1gbit`, `10gbit`, `none`
/// @param params see [Params]
/// @param metric see [Metrics]
/// @param unit of the value
/// @param value NaN (an empty field) where the run gave none
/// @param block runs of one block belong together: arms are compared within it
/// @param repetition within the block, from 0
/// @param status of the whole run
/// @param reason why the status is not ok; empty otherwise
/// @param launch which launch of its arm (cell and fabric) the run came from, counted from 0: runs of one launch share
///     its processes, and so are not independent of each other; [#OWN_LAUNCH] where every run was a launch of its own
/// @param atSeconds when the run began, in seconds since the campaign's start; NaN where it was not recorded
public record Observation(
        String suite,
        String benchmark,
        String fabric,
        String link,
        String params,
        String metric,
        String unit,
        double value,
        int block,
        int repetition,
        Status status,
        String reason,
        int launch,
        double atSeconds) {

    /// In the place of a launch's number: the run started its processes itself.
    public static final int OWN_LAUNCH = -1;

    /// The same with another value.
    public Observation withValue(double other) {
        return new Observation(
                suite,
                benchmark,
                fabric,
                link,
                params,
                metric,
                unit,
                other,
                block,
                repetition,
                status,
                reason,
                launch,
                atSeconds);
    }

    /// Whether there is a number that may be shown.
    public boolean usable() {
        return status == Status.OK && Double.isFinite(value);
    }
}
