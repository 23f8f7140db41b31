/// The loops that move frames: the way out, the way in, when to poll and when to block.
///
/// [org.vnetp.overlay.dispatch.OutboundPath] and [org.vnetp.overlay.dispatch.InboundPath] mirror
/// each other; [org.vnetp.overlay.dispatch.DispatchLoop] steps them. All belong to one thread; the
/// control side reaches them only by commands, polled once a round.
package org.vnetp.overlay.dispatch;
