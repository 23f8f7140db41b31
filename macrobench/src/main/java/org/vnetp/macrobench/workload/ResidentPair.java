package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.vnetp.macrobench.testbed.Endpoint;

/// Two programs that stay at two endpoints of one machine and put one load after the other on the way between
/// them: a load begins within a millisecond of its order. For one thread; close it before its fabric.
public final class ResidentPair implements AutoCloseable {
    /// The smallest frame with our numbers and times in it: 64 bytes with headers and FCS would be 18 bytes of
    /// payload.
    public static final int SMALL = DatagramLoad.STAMPED_SIZE;

    private static final String PORT = "7021";
    private static final long ANSWER_SECONDS = 10;
    private static final long QUIET_MS = 10;
    private static final long MOST_WAIT_MS = 300;

    private final Talk server;
    private final Talk client;
    private int trial;

    /// Starts both.
    ///
    /// @param raw where their errors go; a path without suffix
    /// @throws IOException with what they said when one does not come up
    public ResidentPair(Endpoint from, Endpoint to, Path raw) throws IOException, InterruptedException {
        server = new Talk(to, Path.of(raw + ".server.txt"), LoadServer.class, "serve", PORT);
        Talk second = null;
        try {
            server.read(LoadServer.READY, ANSWER_SECONDS);
            second = new Talk(from, Path.of(raw + ".client.txt"), LoadClient.class, "load", to.address(), PORT);
            second.read(LoadServer.READY, ANSWER_SECONDS);
            client = second;
        } catch (IOException | InterruptedException | RuntimeException e) {
            server.close();
            if (second != null) {
                second.close();
            }
            throw e;
        }
    }

    /// @param p50 nanoseconds
    /// @param p99 nanoseconds
    /// @param mean nanoseconds
    /// @param trips that came back
    /// @param lost probes that had to be sent again
    /// @param background datagrams that were sent beside them
    public record RoundTrips(double p50, double p99, double mean, long trips, long lost, long background) {}

    /// Round trips of 64 bytes, one after the other.
    ///
    /// @param background datagrams a second beside them; 0 for none
    public RoundTrips roundTrips(double seconds, double background) throws IOException, InterruptedException {
        trial++;
        client.say("rtt " + trial + " " + seconds + " " + background + " " + SMALL);
        Map<String, Double> got = client.read("trips=", (long) seconds + ANSWER_SECONDS);
        return new RoundTrips(
                got.get("p50"),
                got.get("p99"),
                got.get("mean"),
                got.get("trips").longValue(),
                got.get("lost").longValue(),
                got.get("sent").longValue());
    }

    /// @param sent datagrams
    /// @param received of them
    /// @param seconds it took to send them
    /// @param p50 nanoseconds on the way, from when a datagram was meant to be sent
    /// @param p99 the same
    public record Frames(long sent, long received, double seconds, double p50, double p99) {}

    /// Datagrams by a schedule.
    ///
    /// @param rate a second; 0 for as many as go
    /// @param payload bytes, at least [#SMALL]
    public Frames frames(double seconds, double rate, int payload) throws IOException, InterruptedException {
        trial++;
        server.say("reset " + trial);
        server.read("received=", ANSWER_SECONDS);
        client.say("send " + trial + " " + seconds + " " + rate + " " + payload);
        Map<String, Double> out = client.read("sent=", (long) seconds + ANSWER_SECONDS);
        Map<String, Double> in = settled("received");
        return new Frames(
                out.get("sent").longValue(),
                in.get("received").longValue(),
                out.get("seconds"),
                in.get("p50"),
                in.get("p99"));
    }

    /// @param bytes that arrived
    public record Stream(long bytes, double seconds) {}

    /// One stream as fast as it goes.
    public Stream stream(double seconds) throws IOException, InterruptedException {
        trial++;
        server.say("reset " + trial);
        server.read("received=", ANSWER_SECONDS);
        client.say("stream " + seconds);
        Map<String, Double> out = client.read("bytes=", (long) seconds + ANSWER_SECONDS);
        server.say("count");
        // What is still in buffers is as much as was there at the beginning's end, which counted as arrived.
        long arrived = server.read("received=", ANSWER_SECONDS).get("bytes").longValue();
        settled("bytes");
        return new Stream(arrived, out.get("seconds"));
    }

    /// What the server counted once nothing more arrives.
    private Map<String, Double> settled(String what) throws IOException, InterruptedException {
        double before = -1;
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_WAIT_MS);
        while (true) {
            server.say("count");
            Map<String, Double> in = server.read("received=", ANSWER_SECONDS);
            if (in.get(what) == before || System.nanoTime() > until) {
                return in;
            }
            before = in.get(what);
            Thread.sleep(QUIET_MS);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
