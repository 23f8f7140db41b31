/// Whether one result is slower than another: series by series, with intervals, and one verdict over all of them.
///
/// [org.vnetp.reports.gate.Side] is a result read as series; [org.vnetp.reports.gate.Gate] compares two;
/// [org.vnetp.reports.gate.GateResult] is what came of it, which the other classes here write in the formats of others.
/// Nothing here runs anything.
package org.vnetp.reports.gate;
