package org.vnetp.overlay.dispatch;

import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.frame.Ecn;

/// What the two ends of a link say to each other beside guests' frames: a format's answers, what is measured, and what
/// is about flows that move.
///
/// A frame is never held up for it: what finds a link full or down is lost, and who wants an answer asks again.
///
/// **Thread:** the loop's. **Ownership:** none; what is said lies in its speaker's memory, and has gone out or been
/// given up when a method returns.
final class LinkTalk {
    private final Ports ports;

    LinkTalk(Ports ports) {
        this.ports = ports;
    }

    /// Sends a datagram of the link's own.
    void answer(LinkPort port, long address, int length) {
        if (port.blocked || !port.link.hasRoom()) {
            return;
        }
        port.link.slice(address, length);
        port.link.endTrain(length, 1, length, Ecn.NOT_ECT);
        ports.flushForwarded();
    }

    /// Sends what the link's messages have to say now.
    void say(LinkPort port) {
        Messages messages = port.messages;
        while (port.passable && !port.blocked && port.link.hasRoom()) {
            int staged = 0;
            while (staged < Messages.AT_ONCE) {
                int length = messages.next();
                if (length == 0 || !port.encapsulator.message(messages.kind(), messages.address(), length, port.link)) {
                    break;
                }
                staged++;
            }
            if (staged == 0 || !ports.flushOrGiveUp(port)) {
                return;
            }
        }
    }

    /// Sends one message by a link at once. Nothing may be staged on links that are not full.
    void say(LinkPort port, int kind, long address, int length) {
        if (port.passable
                && !port.blocked
                && port.link.hasRoom()
                && port.encapsulator.message(kind, address, length, port.link)) {
            ports.flushOrGiveUp(port);
        }
    }
}
