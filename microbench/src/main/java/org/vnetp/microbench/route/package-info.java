/// Microbenchmarks of route lookup.
package org.vnetp.microbench.route;
