/// What sealing costs.
package org.vnetp.microbench.seal;
