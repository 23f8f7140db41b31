/// The method of a campaign, for kernels and network workloads alike: what is run, in which order, how often,
/// how long, and how it is proven that a run used the fabric it is booked under.
///
/// A [Plan] lays [Cell]s out in randomised blocks: every block holds each cell once, and the fabrics of one
/// benchmark at one link rate stand side by side, so that a drift of the machine hits all of them alike. A
/// [Campaign] walks through the plan, has each run made by a [CellRunner], appends what it measured to the
/// result directory before the next begins, and ends when the [StopRule] is content with every cell, the blocks
/// are done or the budget is spent. [PathProof] judges counters. [Program] runs one command with a time limit
/// and leaves no process behind.
///
/// One thread walks; [Campaign#stop()] may be called from any thread. Runners record observations and never
/// form ratios.
package org.vnetp.macrobench.campaign;
