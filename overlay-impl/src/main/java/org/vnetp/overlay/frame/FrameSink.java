package org.vnetp.overlay.frame;

/// Takes frames one by one.
@FunctionalInterface
public interface FrameSink {
    /// The frame and its bytes are only lent for the call.
    void onFrame(Frame frame);
}
