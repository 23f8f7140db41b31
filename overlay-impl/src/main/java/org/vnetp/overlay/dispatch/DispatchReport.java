package org.vnetp.overlay.dispatch;

import java.util.List;

/// What `show dispatch` tells: the settings, and per loop and direction the mode it is in and why.
public record DispatchReport(DispatchSettings settings, List<Direction> directions, List<Machine> machines) {
    public DispatchReport {
        directions = List.copyOf(directions);
        machines = List.copyOf(machines);
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

    /// A virtual machine's NIC: what it costs its guest to be served, counted since it was opened.
    ///
    /// @param sent     frames that the guest sent
    /// @param received frames that it received
    /// @param kicks    times it woke the node: exits
    /// @param calls    times the node woke it: interrupts
    /// @param early    those of them that went before a frame
    /// @param copied   frames that it sent which were copied; what it receives is copied once
    /// @param emptyPolls times its rings were polled in vain
    public record Machine(
            String nic, long sent, long received, long kicks, long calls, long early, long copied, long emptyPolls) {
        /// How often a frame's payload was copied until it had left for a link; on its way to another
        /// guest's memory it is copied once more. Its first bytes, with the headers, always are.
        public double copiesAFrameSent() {
            return sent == 0 ? 0 : (double) copied / sent;
        }

        /// Frames that the guest sent for each time it woke the node; 0 where it never did.
        public double framesAKick() {
            return kicks == 0 ? 0 : (double) sent / kicks;
        }
    }
}
