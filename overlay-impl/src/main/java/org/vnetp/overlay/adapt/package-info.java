/// The controller that adapts an overlay from outside: `./vnetp adapt NODES...`. It reads what the
/// nodes measure, decides, and says statements to them; nodes know of it only that somebody leads
/// them and what is his ([org.vnetp.overlay.control.Adaptation]).
///
/// - [org.vnetp.overlay.adapt.ViewReader] makes a [org.vnetp.overlay.adapt.View] of the nodes' answers, and believes
/// nobody
///   more than he may be
/// - [org.vnetp.overlay.adapt.Decider] decides: a function of view, rates, memory and time, without a network
/// - [org.vnetp.overlay.adapt.Script] makes statements of a decision, [org.vnetp.overlay.adapt.Hand] says them
/// - [org.vnetp.overlay.adapt.Controller] does these in turn, once a period
///
/// One thread.
package org.vnetp.overlay.adapt;
