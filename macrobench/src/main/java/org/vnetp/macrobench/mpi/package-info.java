/// MPI from Java by the foreign function API, against the system's own MPI library.
///
/// A rank calls [org.vnetp.macrobench.mpi.Mpi#init()] once, works on
/// [org.vnetp.macrobench.mpi.Mpi#world()], and closes it. All buffers are off-heap
/// [java.lang.foreign.MemorySegment]s that the caller owns and keeps alive until the call (or the
/// wait of a non-blocking call) has returned; nothing is copied at the boundary. MPI is initialised
/// for one calling thread: everything here is called from the thread that called `init`.
///
/// The library is found at run time ([org.vnetp.macrobench.mpi.MpiLibrary]): Open MPI, MPICH, or one that
/// offers the MPI 5 standard ABI. What differs between them is one table of constants,
/// [org.vnetp.macrobench.mpi.MpiAbi]. Every native call of this module is in `MpiLibrary`.
///
/// [org.vnetp.macrobench.mpi.MpiLauncher] builds the command lines of the MPI's own `mpirun`, on this machine
/// or over a testbed's endpoints. [org.vnetp.macrobench.mpi.Gate] is where the ranks of a job that stays wait for
/// orders.
package org.vnetp.macrobench.mpi;
