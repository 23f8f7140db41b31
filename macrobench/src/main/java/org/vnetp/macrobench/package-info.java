/// Network benchmarks over a testbed of hosts and fabrics.
package org.vnetp.macrobench;
