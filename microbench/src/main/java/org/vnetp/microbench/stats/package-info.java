/// Counting: what the overlay's `stats` cost per frame.
package org.vnetp.microbench.stats;
