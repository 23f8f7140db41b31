/// Microbenchmarks of native calls.
package org.vnetp.microbench.posix;
