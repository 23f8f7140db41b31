package org.vnetp.overlay.measure;

/// The clocks of a loop that handles a link's messages.
///
/// **Thread:** the loop's.
public interface Stamps {
    /// A clock that is never set, nanoseconds.
    long monotonicNs();

    /// The time of day, nanoseconds since 1970; may be set at any time.
    long realtimeNs();

    /// How long ago the datagram that was received last reached this host, nanoseconds; negative:
    /// nobody can tell.
    ///
    /// @param realtimeNs now
    long arrivalAgeNs(long realtimeNs);
}
