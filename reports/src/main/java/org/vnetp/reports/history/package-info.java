/// The history of a project's measurements: [HistoryDirectory] keeps one small file a run and never changes
/// one, [Timelines] puts the runs of one machine and suite in a row and finds the steps in each series,
/// [Baseline] says which runs a new one is compared with, [HistoryPage] shows it all in one HTML file.
///
/// A run belongs to the machine whose hard facts it carries ([MachineKey]): values of two machines are never
/// put into one series. What changes on a machine (kernel, JDK, MPI) is a marker on its series.
///
/// Nothing here runs a program or needs git. Everything is confined to one thread.
package org.vnetp.reports.history;
