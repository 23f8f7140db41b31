package org.vnetp.overlay.measure;

/// An echo that came back, checked.
///
/// @param sequence   which one, counted without end
/// @param timeNs     when it came back, by the clock that is never set
/// @param rttNs      round trip without the other node's own time
/// @param forwardNs  there, by both nodes' times of day
/// @param backwardNs back
/// @param errorNs    how wrong the stamps of arrivals may be, both ends together
/// @param sameClock  both nodes read one clock
/// @param there      what the other node has counted of what this one sent
public record Echo(
        long sequence,
        long timeNs,
        long rttNs,
        long forwardNs,
        long backwardNs,
        double errorNs,
        boolean sameClock,
        Counts there) {

    /// A receiver's counts.
    ///
    /// @param expected   negative: datagrams have no numbers there
    /// @param kernelToo  bytes hold what the kernel carries
    public record Counts(
            long expected,
            long missing,
            long late,
            long breaks,
            long extent,
            long bytes,
            long datagrams,
            boolean kernelToo) {}
}
