/// The method of a campaign, for kernels and network workloads alike: what is run, in which order, how often,
/// how long, and how it is proven that a run used the fabric it is booked under.
///
/// A [Plan] lays [Cell]s out in blocks: every block holds each cell once, and the fabrics of one benchmark at one link
/// rate stand side by side, so that a drift of the machine hits all of them alike. A [Campaign] visits the cells, has
/// each run made by a [CellRunner] and appends what it measured to the result directory before the next begins.
/// [Allocation] says where the next visit narrows the intervals ([Widths]) most for its time. [PathProof] judges
/// counters. [Program] runs one command with a time limit, [Resident] keeps one that gives an answer an order; neither
/// leaves a process behind.
///
/// One thread walks; [Campaign#stop()] may be called from any thread. Runners record observations and never
/// form ratios.
package org.vnetp.macrobench.campaign;
