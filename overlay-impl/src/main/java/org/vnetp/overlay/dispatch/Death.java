package org.vnetp.overlay.dispatch;

/// A descriptor of a loop is of no use any more: its device was deleted, its socket destroyed. The loop has taken it
/// out of its epoll; its owner closes it, and opens another when there is something to open.
///
/// @param port       the port's number in the routing table; -1 for the listening socket
/// @param descriptor which of the port's in the course of time: several loops may tell of one
/// @param errno      what the kernel said
public record Death(Kind kind, int port, int descriptor, int errno) {
    /// What died.
    public enum Kind {
        NIC,
        LINK,
        LISTENER
    }
}
