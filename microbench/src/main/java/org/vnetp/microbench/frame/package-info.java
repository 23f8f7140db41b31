/// Microbenchmarks of work on a frame's bytes.
package org.vnetp.microbench.frame;
