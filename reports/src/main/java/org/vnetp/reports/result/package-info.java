/// The schema of results and its files: what a runner records and what every table, plot and comparison reads.
///
/// A result directory holds `run.json` ([RunInfo]: what was run, when, from which commit, on which
/// machine, with which settings), `observations.csv` (tidy: one value a row), `raw/` (every
/// program's own output, verbatim) and `latency/` (HdrHistogram logs). Runners write through
/// [ResultDirectory] and record observations only; ratios, intervals and tables are computed by
/// readers. Every execution of a benchmark is one [Run]: it either has values or says by its
/// [Status] why not.
///
/// A writer owns its directory (a lock on the CSV file keeps a second one out) and may be called
/// from any thread. Records are immutable.
package org.vnetp.reports.result;
