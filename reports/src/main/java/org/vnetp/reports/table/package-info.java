/// Tables: what is in them ([NasTables], [NetworkTables], [MicroTables]) and how they are written ([TableFormat]).
///
/// A [Table] is text in rows and columns; columns that belong to one link rate share a group.
/// Makers of tables compute from [org.vnetp.reports.stats.Study] and know nothing of formats;
/// formats know nothing of benchmarks and escape whatever they are given. Numbers are written
/// without regard to locale.
package org.vnetp.reports.table;
