/// JMH benchmarks of the stages of a frame's way through the overlay.
package org.vnetp.microbench;
