/// The three simulated CFD applications, LU, SP and BT (RNR-94-007, sections 4 and following): one
/// synthetic system of five partial differential equations, three implicit solvers.
///
/// ## What they share
/// [FlowModel][org.vnetp.nas.kernel.cfd.FlowModel] has the coefficients,
/// [ExactSolution][org.vnetp.nas.kernel.cfd.ExactSolution] the polynomial the forcing is made from,
/// [Cell][org.vnetp.nas.kernel.cfd.Cell] a box of the grid with two layers of ghost points, and
/// [Residual][org.vnetp.nas.kernel.cfd.Residual] the right-hand side. SP and BT split the grid by
/// diagonal multi-partition, LU by pencils.
///
/// ## How the arrays lie
/// Every field is an array of rows along the first dimension, one Java array a row, and one field for each
/// of the five components. Inner loops run over one index that is the same in all the rows they touch: only
/// then does the JIT know that no iteration reads what another one writes, and vectorises the loop. How many
/// rows a loop may touch is a limit of the JIT's that [KernelJvm][org.vnetp.nas.kernel.KernelJvm] raises. The
/// implicit solvers copy lines into batches, line index innermost, for the same reason.
///
/// Everything here belongs to the thread that runs the kernel.
package org.vnetp.nas.kernel.cfd;
