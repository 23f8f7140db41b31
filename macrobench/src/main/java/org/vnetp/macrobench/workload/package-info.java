/// Network workloads: what is measured between two endpoints of a fabric.
///
/// A [Workload] knows its name, its parameters and its primary metric, and makes one run between
/// the first two endpoints of a fabric. [MacroRunner] puts workloads into a campaign: it reads the
/// counters before and after each run, proves that the bytes took the fabric under test, and books
/// the CPU time.
///
/// Tools are iperf3 and sockperf as the distribution has them, and [LatencyProbe], a prober of our
/// own.
package org.vnetp.macrobench.workload;
