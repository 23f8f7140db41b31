/// Which dispatch settings serve a machine and a workload best: the space of settings, the race, the
/// confirmation.
///
/// A [Space] knows the [Parameter]s and makes [Setting]s of them. A [Bench] measures a workload under a
/// setting: a real
/// one
/// lets programs that stay run a second over nodes whose settings change at run time, a simulated one is for
/// tests. A [Race] drops settings block by block, then has the best confirmed by fresh launches; what it
/// measured is stored before it goes on, so that a race that was ended is taken up where it was. How scores are
/// formed and judged stands in [org.vnetp.reports.tune].
///
/// One thread.
package org.vnetp.macrobench.tune;
