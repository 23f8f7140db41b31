package org.vnetp.overlay;

import java.util.function.LongSupplier;
import org.vnetp.overlay.measure.Stamps;
import org.vnetp.overlay.posix.Timestamps;

/// The clocks of a loop that receives from a link's socket. That loop's.
final class LoopStamps implements Stamps {
    private final Timestamps timestamps = new Timestamps();
    private final LongSupplier clock;
    private final int descriptor;

    LoopStamps(LongSupplier clock, int descriptor) {
        this.clock = clock;
        this.descriptor = descriptor;
    }

    @Override
    public long monotonicNs() {
        return clock.getAsLong();
    }

    @Override
    public long realtimeNs() {
        return timestamps.realtimeNs();
    }

    @Override
    public long arrivalAgeNs(long realtimeNs) {
        long arrival = timestamps.arrivalNs(descriptor);
        return arrival <= 0 ? -1 : realtimeNs - arrival;
    }

    /// Of a link in this process: it has no kernel, and its node's clocks may be a test's.
    static Stamps withoutKernel(LongSupplier clock, LongSupplier timeNs) {
        return new Stamps() {
            @Override
            public long monotonicNs() {
                return clock.getAsLong();
            }

            @Override
            public long realtimeNs() {
                return timeNs.getAsLong();
            }

            @Override
            public long arrivalAgeNs(long realtimeNs) {
                return -1;
            }
        };
    }
}
