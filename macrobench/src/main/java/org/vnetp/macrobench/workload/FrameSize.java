package org.vnetp.macrobench.workload;

import java.util.List;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Ethernet frames of UDP over IPv4, their size counted as RFC 2544 does: with header and FCS.
final class FrameSize {
    /// RFC 2544, section 9.1.
    static final List<Integer> RFC_2544 = List.of(64, 128, 256, 512, 1024, 1280, 1518);

    static final int LEAST = 64;
    static final int MOST = 65_000;
    private static final int HEADER_AND_FCS = 14 + 4;
    private static final int IPV4_AND_UDP = 20 + 8;

    private FrameSize() {}

    /// Bytes of UDP payload in such a frame.
    static int payload(int frame) {
        return frame - HEADER_AND_FCS - IPV4_AND_UDP;
    }

    /// @throws IllegalArgumentException naming the legal sizes
    static List<Params> cells(List<Integer> sizes) {
        for (int size : sizes) {
            if (size < LEAST || size > MOST) {
                throw new IllegalArgumentException("--sizes: expected frames of " + LEAST + " to " + MOST
                        + " bytes (RFC 2544 has 64,128,256,512,1024,1280,1518), got " + size);
            }
        }
        return sizes.stream()
                .map(size -> Params.of("size", Integer.toString(size)))
                .toList();
    }

    /// Whether such frames cross unfragmented; where not, the run is recorded as skipped.
    static boolean fits(int frame, Endpoint at, Run run) {
        if (frame - HEADER_AND_FCS <= at.mtu()) {
            return true;
        }
        run.ended(
                Status.SKIPPED,
                "not applicable: frames of " + frame + " bytes need an MTU of " + (frame - HEADER_AND_FCS) + ", "
                        + at.hostName() + " has " + at.mtu());
        return false;
    }
}
