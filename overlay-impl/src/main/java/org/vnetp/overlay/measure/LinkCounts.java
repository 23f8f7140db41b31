package org.vnetp.overlay.measure;

/// What the loop that receives from a link has counted of it.
///
/// **Thread:** the loop's.
public interface LinkCounts {
    /// Datagrams that the peer has sent, as far as their numbers tell; negative: they have none.
    long expected();

    long missing();

    long late();

    long extent();

    long breaks();

    /// Bytes of frames received, what the kernel carried not among them.
    long bytesIn();

    long datagramsIn();
}
