package org.vnetp.overlay.route;

/// The frames from one address to another that rules for that pair are about.
///
/// @param sourcePort where they come from, or [Rule#ANY_PORT]
public record FlowRule(long source, long destination, int sourcePort) {}
