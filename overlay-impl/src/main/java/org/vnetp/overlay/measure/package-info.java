/// What a node knows of its links and of its guests' demands: delay, loss, rate, capacity; who
/// talks to whom.
///
/// Estimators are plain classes without I/O: they are told what happened and when, and answer with an
/// [org.vnetp.overlay.measure.Estimate], whose value may be unknown.
/// [org.vnetp.overlay.measure.LinkMeter] is the only one that a loop calls: it answers and checks
/// the echoes of a link and leaves what they tell to the cold side. Whatever a peer says is
/// checked, and spoils the values of its own link only.
///
/// **Threads:** estimators are one thread's at a time (the node's lock);
/// [org.vnetp.overlay.measure.LinkMeter] says which of its methods are the loop's.
package org.vnetp.overlay.measure;
