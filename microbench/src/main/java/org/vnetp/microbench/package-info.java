/// Microbenchmarks of the overlay, by JMH: one class a stage of a frame's way, in packages that mirror the overlay's.
///
/// Every class has a baseline beside its measurements: a copy of the same bytes, an empty call, or
/// the edges alone. Two parameters have a fixed meaning, which the reports know: `frameBytes` is
/// the length of the Ethernet frame, `batch` the number of frames that one operation handles.
/// [MicroMain] runs them; what they return is consumed by JMH, and what can be counted is checked,
/// so that a benchmark that does nothing fails instead of being fast.
package org.vnetp.microbench;
