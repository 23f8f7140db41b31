/// The NAS campaign: kernels under MPI, native and over the overlay.
package org.vnetp.nas;
