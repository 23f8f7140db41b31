/// The eight NAS kernels, written in Java from the published specification (D. Bailey et al., "The NAS Parallel
/// Benchmarks", RNR-94-007, 1994), and what they share: random numbers, classes, warm-up, clocks, verification,
/// output.
///
/// They are "NPB-specification kernels in Java", never "NPB". Each is split over ranks and talks as
/// NPB does, so that its traffic is NPB's; the arithmetic is ours. Reference values and tolerances
/// are the official ones of NPB 3.4.3.
///
/// [org.vnetp.nas.kernel.KernelMain] is what every rank runs; it finds the [org.vnetp.nas.kernel.Kernel] by
/// name and gives it a [org.vnetp.nas.kernel.KernelContext]. Hot loops work on heap arrays; what goes to MPI is
/// packed into off-heap buffers that belong to the context's arena. Nothing is allocated in a timed region.
package org.vnetp.nas.kernel;
