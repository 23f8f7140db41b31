/// Statistics over paired blocks: how fast an overlay is as a share of native, and how sure that is.
///
/// [Study] sorts observations into cells and arms; [PairedRatio] compares two arms of a cell block
/// by block; [Summary] puts cells together; [NoiseFloor] says what native against native looks like
/// on the same machine. Everything is computed from logarithms of ratios, no outlier is removed,
/// and random numbers come from a fixed seed, so that the same observations give the same figures.
/// All types are immutable and safe for any thread.
///
/// Sources: J. L. Hodges, E. L. Lehmann, "Estimates of location based on rank tests" (1963); T.
/// Hesterberg, "What Teachers Should Know About the Bootstrap" (2015) for the expanded percentile
/// interval; F. Wilcoxon (1945); B. L. Welch (1947).
package org.vnetp.reports.stats;
