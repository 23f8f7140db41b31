/// Counters, and how they are read: text, JSON, Prometheus.
///
/// A loop owns one [org.vnetp.overlay.stats.LoopStatistics] and alone writes it, without locks or
/// allocation; any thread takes a [org.vnetp.overlay.stats.Snapshot] of several loops at any time.
/// [org.vnetp.overlay.stats.MetricsEndpoint] serves snapshots on loopback.
package org.vnetp.overlay.stats;
