/// Microbenchmarks of the wire formats: headers, chunks, segmentation and merging.
package org.vnetp.microbench.encap;
