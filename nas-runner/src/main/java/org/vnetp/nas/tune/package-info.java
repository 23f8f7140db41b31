/// `./vnetp tune`: the command, which sees the kernels as well as the testbed; its method stands in
/// [org.vnetp.macrobench.tune].
package org.vnetp.nas.tune;
