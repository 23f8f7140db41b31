/// Network workloads: what is measured between two endpoints of a fabric.
///
/// A [Workload] knows its name, its parameters and its primary metric, and makes one run between
/// the first two endpoints of a fabric. [MacroRunner] puts workloads into a campaign: it reads the
/// counters before and after each run, proves that the bytes took the fabric under test, and books
/// the CPU time.
///
/// Tools are iperf3, sockperf, NetPIPE and HPCC as the distribution has them, and our own:
/// [LatencyProbe] for round trips, [DatagramLoad] and [ArrivalWatch] as source and sinks of
/// datagrams, [MpiSizes], which every rank of an MPI workload runs. [Dummy] and the fabric
/// `loopback` tell what the suite and the machine take by themselves.
package org.vnetp.macrobench.workload;
