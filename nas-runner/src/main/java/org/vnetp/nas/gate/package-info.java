/// `./vnetp compare`: the regression gate. It is here because this is the module that sees the testbed, the kernels and
/// the reports; what a verdict is stands in [org.vnetp.reports.gate].
package org.vnetp.nas.gate;
