package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.vnetp.macrobench.testbed.Endpoint;

/// Numbered datagrams from one endpoint to another by a schedule, and who watches when they arrive: how workloads
/// measure an outage. Both programs end with their [Talk].
final class NumberedStream {
    private static final int PAYLOAD = 64;
    private static final long ANSWER_SECONDS = 5;

    private NumberedStream() {}

    /// Starts who watches, at the guest.
    ///
    /// @param count of datagrams at most
    static Talk watch(Workload.Setup setup, Endpoint guest, String port, int count) throws IOException {
        return new Talk(
                guest, Path.of(setup.raw() + ".watch.txt"), ArrivalWatch.class, "watch", port, Integer.toString(count));
    }

    /// Starts who sends to the guest.
    static Talk source(Workload.Setup setup, Endpoint from, Endpoint guest, String port) throws IOException {
        return new Talk(
                from,
                Path.of(setup.raw() + ".source.txt"),
                DatagramLoad.class,
                "source",
                guest.address(),
                port,
                Integer.toString(PAYLOAD));
    }

    /// Waits for both, warms them up, and has the stream begin.
    ///
    /// @param rate datagrams a second
    static void begin(Talk watch, Talk source, int rate, double warmUpSeconds, double seconds)
            throws IOException, InterruptedException {
        watch.read("ready", ANSWER_SECONDS);
        source.read("ready", ANSWER_SECONDS);
        source.say("send 1 " + rate + " " + warmUpSeconds);
        source.read("sent=", (long) warmUpSeconds + ANSWER_SECONDS);
        watch.ask("reset 2", "reset=", ANSWER_SECONDS);
        source.say("send 2 " + rate + " " + seconds);
    }

    /// Marks the beginning of what may interrupt the stream.
    static void mark(Talk watch) throws IOException, InterruptedException {
        watch.ask("begin", "begun=", ANSWER_SECONDS);
    }

    /// Marks its end.
    static void unmark(Talk watch) throws IOException, InterruptedException {
        watch.ask("end", "ended=", ANSWER_SECONDS);
    }

    /// Waits until all has been sent.
    ///
    /// @param seconds the stream's
    /// @return how many
    static double sent(Talk source, double seconds) throws IOException, InterruptedException {
        return source.read("sent=", (long) seconds + ANSWER_SECONDS).get("sent");
    }

    /// What has arrived, as [Migration#record] takes it.
    static Map<String, Double> came(Talk watch, double sent) throws IOException, InterruptedException {
        return watch.ask("report " + (long) sent, "received=", ANSWER_SECONDS);
    }
}
