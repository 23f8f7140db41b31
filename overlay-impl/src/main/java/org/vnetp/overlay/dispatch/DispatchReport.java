package org.vnetp.overlay.dispatch;

import java.util.List;

/// What `show dispatch` tells: the settings, and per loop and direction the mode it is in and why.
public record DispatchReport(DispatchSettings settings, List<Direction> directions) {
    public DispatchReport {
        directions = List.copyOf(directions);
    }

    /// One direction of one loop.
    ///
    /// @param loop the loop's name
    /// @param direction `out` or `in`
    /// @param state guest or VMM-driven now; never ADAPTIVE
    /// @param packetsPerSecond the rate of the last whole window
    /// @param switches changes of state since the start
    /// @param heldBack how often the rate called for polling while no processor was to spare
    /// @param recent the latest of them, oldest first
    public record Direction(
            String loop,
            String direction,
            DispatchMode state,
            double packetsPerSecond,
            long switches,
            long heldBack,
            List<Switch> recent) {
        public Direction {
            recent = List.copyOf(recent);
        }
    }

    /// One change of state.
    ///
    /// @param secondsAgo how long ago
    /// @param to the state it went to
    /// @param packetsPerSecond the rate that caused it
    /// @param cause in words, such as `rate 12000/s above alpha-u 10000/s`
    public record Switch(double secondsAgo, DispatchMode to, double packetsPerSecond, String cause) {}
}
