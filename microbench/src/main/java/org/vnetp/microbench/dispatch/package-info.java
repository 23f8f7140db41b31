/// Microbenchmarks of loops: mode control, wake-up, and the whole way of a frame.
package org.vnetp.microbench.dispatch;
