package org.vnetp.overlay.route;

/// An address that a loop has learned.
///
/// @param mac the address
/// @param port where it was last heard
/// @param silentNs how long ago, nanoseconds
public record LearnedAddress(long mac, int port, long silentNs) {}
