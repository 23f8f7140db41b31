package org.vnetp.overlay.measure;

/// What one guest sends to another.
///
/// @param source      address of the sender
/// @param destination address of the receiver
/// @param bytesPerS   over the window
/// @param framesPerS  over the window; a superframe counts once
/// @param share       of the largest pair, 0 to 1
/// @param kept        whether the share is above the threshold by which a shape is told
public record Demand(long source, long destination, double bytesPerS, double framesPerS, double share, boolean kept) {}
