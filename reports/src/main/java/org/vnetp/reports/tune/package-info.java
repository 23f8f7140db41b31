/// What a result of `./vnetp tune` says: which settings beat the default, by how much, and how sure that is.
///
/// A [Goal] joins the metrics of several workloads into one score, the weighted mean of log ratios to the
/// default's runs of the same block. [Contest] gives the scores of a phase by setting and block, for the race
/// that `macrobench.tune` runs and for the report alike; [Confirmation] judges the last phase, [TuneTables]
/// shows it all. Nothing here runs anything.
package org.vnetp.reports.tune;
