package org.vnetp.overlay.encap;

/// Takes datagrams as trains of slices, so that one sendmsg with UDP_SEGMENT can send a train.
///
/// A train is a run of slices followed by one [#endTrain]; all its datagrams have `segmentSize`
/// bytes but the last, which may be shorter. Slices are not copied: their bytes must stay as they
/// are until the sink has been flushed.
public interface DatagramSink {
    /// The next bytes of the current train.
    void slice(long address, int length);

    /// Ends the current train.
    ///
    /// @param segmentSize bytes of each datagram but the last
    /// @param datagrams   how many datagrams the train has
    /// @param totalBytes  sum of the slices
    /// @param ecn         what the outer headers say about congestion ([org.vnetp.overlay.frame.Ecn])
    void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn);
}
