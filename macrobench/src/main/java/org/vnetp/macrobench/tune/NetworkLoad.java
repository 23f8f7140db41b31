package org.vnetp.macrobench.tune;

import java.io.IOException;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.workload.ResidentPair;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// The network workloads, by a [ResidentPair].
public final class NetworkLoad implements LiveWorkload {
    /// What is put on the way.
    public enum Kind {
        /// Round trips of 64 bytes, one after the other; beside `rate` small frames a second.
        ROUND_TRIPS,
        /// One TCP stream.
        STREAM,
        /// Frames of `payload` bytes, `rate` a second or as many as go.
        FRAMES
    }

    private static final double SETTLE_SECONDS = 0.05;
    private static final double AROUND_SECONDS = 0.03;
    private static final double GIB = 1 << 30;
    /// A schedule that less of went out was not kept by its source: the machine is full.
    private static final double KEPT = 0.5;

    private final String name;
    private final Kind kind;
    private final double rate;
    private final int payload;
    private final double seconds;

    private NetworkLoad(String name, Kind kind, double rate, int payload, double seconds) {
        this.name = name;
        this.kind = kind;
        this.rate = rate;
        this.payload = payload;
        this.seconds = seconds;
    }

    /// @param rate frames a second beside them; 0 for none
    /// @param seconds of a region
    public static NetworkLoad roundTrips(String name, double rate, double seconds) {
        return new NetworkLoad(name, Kind.ROUND_TRIPS, rate, ResidentPair.SMALL, seconds);
    }

    public static NetworkLoad stream(String name, double seconds) {
        return new NetworkLoad(name, Kind.STREAM, 0, 0, seconds);
    }

    /// @param rate frames a second; 0 for as many as go
    public static NetworkLoad frames(String name, double rate, int payload, double seconds) {
        return new NetworkLoad(name, Kind.FRAMES, rate, payload, seconds);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public double seconds() {
        return seconds + SETTLE_SECONDS + AROUND_SECONDS;
    }

    @Override
    public Live start(Site site) throws IOException, InterruptedException {
        Running running = new Running(site.pair());
        for (int i = 0; i < 4; i++) { // compiles the programs' code and fills neighbour tables
            running.settle();
        }
        return running;
    }

    private final class Running implements Live {
        private final ResidentPair pair;
        private long frames;
        private long bytes;

        Running(ResidentPair pair) {
            this.pair = pair;
        }

        @Override
        public void settle() throws IOException, InterruptedException {
            load(SETTLE_SECONDS, null);
        }

        @Override
        public long region(Run run) throws IOException, InterruptedException {
            frames = 0;
            bytes = 0;
            return load(seconds, run);
        }

        private long load(double length, Run run) throws IOException, InterruptedException {
            return switch (kind) {
                case ROUND_TRIPS -> roundTrips(pair.roundTrips(length, rate), run);
                case STREAM -> stream(pair.stream(length), run);
                case FRAMES -> frames(pair.frames(length, rate, payload), run);
            };
        }

        private long roundTrips(ResidentPair.RoundTrips got, Run run) {
            if (run != null) {
                run.value(Metrics.RTT_P50, got.p50());
                run.value(Metrics.RTT_P99, got.p99());
                run.value(Metrics.RTT_MEAN, got.mean());
                run.value(Metrics.MESSAGES, got.trips());
                run.value(Metrics.LOSSES, got.lost());
                if (rate > 0) {
                    run.value(Metrics.BACKGROUND_RATE, got.background() / seconds);
                }
            }
            return got.trips() * 128;
        }

        private long stream(ResidentPair.Stream got, Run run) {
            if (run != null) {
                run.value(Metrics.THROUGHPUT, 8 * got.bytes() / got.seconds());
                run.value(Metrics.PAYLOAD_BYTES, got.bytes());
                bytes = got.bytes();
            }
            return got.bytes() / 2;
        }

        private long frames(ResidentPair.Frames got, Run run) {
            if (run != null) {
                run.value(Metrics.FRAME_RATE, got.received() / got.seconds());
                run.value(Metrics.SENT, got.sent());
                run.value(Metrics.LOSSES, got.sent() - got.received());
                run.value(Metrics.MESSAGES, got.received());
                if (rate > 0) {
                    run.value(Metrics.DELAY_P50, got.p50());
                    run.value(Metrics.DELAY_P99, got.p99());
                    if (got.sent() < KEPT * rate * seconds) {
                        run.ended(
                                Status.FAILED,
                                "its source sent " + got.sent() + " of " + Math.round(rate * seconds)
                                        + " frames: the machine is full");
                    }
                }
                frames = got.received();
            }
            return got.received() * payload / 2;
        }

        @Override
        public void account(Run run, Counters moved) {
            run.value(Metrics.CPU_NODES, moved.nodeCpuSeconds());
            cost(run, bytes / GIB, moved, Metrics.CPU_PER_GIB, Metrics.NODE_CPU_PER_GIB);
            cost(run, frames / 1e6, moved, Metrics.CPU_PER_MFRAMES, Metrics.NODE_CPU_PER_MFRAMES);
        }

        private void cost(Run run, double units, Counters moved, Metric machine, Metric nodes) {
            if (units > 0) {
                if (Double.isFinite(moved.busySeconds())) {
                    run.value(machine, moved.busySeconds() / units);
                }
                if (!moved.nodes().isEmpty() && Double.isFinite(moved.nodeCpuSeconds())) {
                    run.value(nodes, moved.nodeCpuSeconds() / units);
                }
            }
        }

        @Override
        public void close() {
            // The pair is the site's.
        }
    }
}
