package org.vnetp.overlay.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void countersOfSeveralLoopsAreAddedUp() {
        LoopStatistics first = new LoopStatistics("loop0");
        LoopStatistics second = new LoopStatistics("loop1");
        first.port(3).frameIn(100);
        second.port(3).frameIn(50);
        second.port(3).frameOut(7);
        first.drops().increment(DropReason.NO_ROUTE);
        second.drops().add(DropReason.NO_ROUTE, 4);
        first.matrix().count(1, 2, 10);
        second.matrix().count(1, 2, 20);
        second.matrix().count(2, 1, 5);
        Snapshot snapshot = Snapshot.take(
                "a",
                9,
                List.of(new Snapshot.PortName(3, "nic", "vnet0"), new Snapshot.PortName(4, "link", "b")),
                List.of(first, second));
        Snapshot.Port port = snapshot.ports().getFirst();
        assertEquals(2, port.get(PortCounter.FRAMES_IN));
        assertEquals(150, port.get(PortCounter.BYTES_IN));
        assertEquals(7, port.get(PortCounter.BYTES_OUT));
        assertEquals(0, snapshot.ports().get(1).get(PortCounter.FRAMES_IN));
        assertEquals(5, snapshot.drops(DropReason.NO_ROUTE));
        assertEquals(5, snapshot.dropsTotal());
        assertEquals(List.of(new TrafficMatrix.Row(1, 2, 2, 30), new TrafficMatrix.Row(2, 1, 1, 5)), snapshot.matrix());
    }

    @Test
    void everyBatchSizeFallsIntoTheBucketWhoseBoundItDoesNotExceed() {
        for (int frames = 1; frames <= 2000; frames++) {
            BatchHistogram histogram = new BatchHistogram();
            histogram.record(frames);
            int bucket = 0;
            while (histogram.count(bucket) == 0) {
                bucket++;
            }
            assertTrue(frames <= BatchHistogram.upperBound(bucket), frames + " in bucket " + bucket);
            assertTrue(bucket == 0 || frames > BatchHistogram.upperBound(bucket - 1), frames + " in bucket " + bucket);
            assertEquals(frames, histogram.frames());
        }
        BatchHistogram histogram = new BatchHistogram();
        histogram.record(0);
        assertEquals(0, histogram.count(0));
    }

    @Test
    void pairsThatFindNoRoomAreCountedTogether() {
        TrafficMatrix matrix = new TrafficMatrix(64);
        for (int i = 0; i < 1000; i++) {
            matrix.count(i, i + 1, 10);
        }
        long frames =
                matrix.rows().stream().mapToLong(TrafficMatrix.Row::frames).sum();
        long bytes = matrix.rows().stream().mapToLong(TrafficMatrix.Row::bytes).sum();
        assertTrue(
                matrix.rows().size() <= 64 && matrix.rows().size() > 40,
                matrix.rows().size() + " rows");
        assertEquals(1000, frames + matrix.otherFrames());
        assertEquals(10_000, bytes + matrix.otherBytes());
    }

    @Test
    void readersNeverSeeACounterGoBackNorAHalfWrittenPair() throws InterruptedException {
        LoopStatistics loop = new LoopStatistics("loop0");
        AtomicBoolean done = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 300_000; i++) {
                loop.drops().increment(DropReason.RUNT);
                loop.matrix().count(i % 500, i % 500 + 1_000_000, 1);
            }
            done.set(true);
        });
        long last = 0;
        while (!done.get()) {
            long now = loop.drops().get(DropReason.RUNT);
            assertTrue(now >= last);
            last = now;
            for (TrafficMatrix.Row row : loop.matrix().rows()) {
                assertEquals(row.source() + 1_000_000, row.destination());
            }
        }
        writer.join();
        assertEquals(300_000, loop.drops().sum());
    }

    @Test
    void metricsTextFollowsTheFormat() {
        LoopStatistics loop = new LoopStatistics("loop0");
        loop.port(0).frameIn(1514);
        loop.batches().record(1);
        loop.batches().record(5);
        loop.batches().record(5000);
        loop.drops().increment(DropReason.HOP_LIMIT);
        loop.matrix().count(0x0200_0000_0001L, 0x0200_0000_0002L, 1514);
        Snapshot snapshot =
                Snapshot.take("a\"b\\c\nd", 0, List.of(new Snapshot.PortName(0, "nic", "vnet0")), List.of(loop));
        String text = PrometheusText.of(snapshot);
        String node = "node=\"a\\\"b\\\\c\\nd\"";
        for (String line : List.of(
                "# HELP vnetp_port_frames_in_total frames into the node; a superframe counts once",
                "# TYPE vnetp_port_frames_in_total counter",
                "vnetp_port_frames_in_total{" + node + ",kind=\"nic\",port=\"vnet0\"} 1",
                "vnetp_port_bytes_in_total{" + node + ",kind=\"nic\",port=\"vnet0\"} 1514",
                "vnetp_drops_total{" + node + ",reason=\"hop-limit\"} 1",
                "vnetp_drops_total{" + node + ",reason=\"no-route\"} 0",
                "# TYPE vnetp_batch_frames histogram",
                "vnetp_batch_frames_bucket{" + node + ",loop=\"loop0\",le=\"1\"} 1",
                "vnetp_batch_frames_bucket{" + node + ",loop=\"loop0\",le=\"4\"} 1",
                "vnetp_batch_frames_bucket{" + node + ",loop=\"loop0\",le=\"8\"} 2",
                "vnetp_batch_frames_bucket{" + node + ",loop=\"loop0\",le=\"512\"} 2",
                "vnetp_batch_frames_bucket{" + node + ",loop=\"loop0\",le=\"+Inf\"} 3",
                "vnetp_batch_frames_sum{" + node + ",loop=\"loop0\"} 5006",
                "vnetp_batch_frames_count{" + node + ",loop=\"loop0\"} 3",
                "vnetp_traffic_bytes_total{" + node
                        + ",source=\"02:00:00:00:00:01\",destination=\"02:00:00:00:00:02\"} 1514",
                "vnetp_traffic_bytes_total{" + node + ",source=\"other\",destination=\"other\"} 0")) {
            assertTrue(text.lines().anyMatch(line::equals), () -> "missing: " + line + "\nin:\n" + text);
        }
        String shape = "# (HELP|TYPE) vnetp_[a-z_]+ .+|vnetp_[a-z_]+\\{.+} \\d+";
        assertTrue(text.lines().allMatch(line -> line.matches(shape)), text);
        // Every metric has its TYPE once.
        long types = text.lines().filter(line -> line.startsWith("# TYPE")).count();
        assertEquals(
                types,
                text.lines()
                        .filter(line -> line.startsWith("# TYPE"))
                        .distinct()
                        .count());
        assertTrue(text.endsWith("\n"));
    }

    @Test
    void metricsAreServedOnLoopbackOnly() throws IOException, InterruptedException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);
        assertThrows(IllegalArgumentException.class, () -> MetricsEndpoint.open(any, () -> ""));
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (MetricsEndpoint endpoint = MetricsEndpoint.open(loopback, () -> "vnetp_x 1\n");
                HttpClient client = HttpClient.newHttpClient()) {
            String base = "http://127.0.0.1:" + endpoint.address().getPort();
            HttpResponse<String> found = get(client, base + "/metrics");
            assertEquals(200, found.statusCode());
            assertEquals("vnetp_x 1\n", found.body());
            assertEquals(
                    PrometheusText.CONTENT_TYPE,
                    found.headers().firstValue("Content-Type").orElse(""));
            assertEquals(404, get(client, base + "/").statusCode());
            assertEquals(404, get(client, base + "/metricsx").statusCode());
            HttpResponse<String> head = ask(client, base + "/metrics", "HEAD");
            assertEquals(200, head.statusCode());
            assertEquals("", head.body());
            assertEquals("10", head.headers().firstValue("Content-Length").orElse(""));
            assertEquals(
                    PrometheusText.CONTENT_TYPE,
                    head.headers().firstValue("Content-Type").orElse(""));
            assertEquals(404, ask(client, base + "/", "HEAD").statusCode());
            HttpResponse<String> post = ask(client, base + "/metrics", "POST");
            assertEquals(405, post.statusCode());
            assertEquals("GET, HEAD", post.headers().firstValue("Allow").orElse(""));
        }
    }

    private static HttpResponse<String> get(HttpClient client, String uri) throws IOException, InterruptedException {
        return ask(client, uri, "GET");
    }

    private static HttpResponse<String> ask(HttpClient client, String uri, String method)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create(uri))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void jsonIsOneLineWhateverTheNames() {
        String json = new JsonWriter()
                .object()
                .field("a\"\\\n\u0001\u2028\ud800", "x\ty")
                .field("n", 1L)
                .field("inf", Double.POSITIVE_INFINITY)
                .array("list")
                .value(1)
                .object()
                .end()
                .array()
                .end()
                .end()
                .fields(new java.util.TreeMap<>(Map.of("b", true, "i", 7, "d", 0.5, "s", "t")))
                .end()
                .toString();
        assertEquals(
                "{\"a\\\"\\\\\\n\\u0001\\u2028\\ud800\":\"x\\ty\",\"n\":1,\"inf\":null,\"list\":[1,{},[]],"
                        + "\"b\":true,\"d\":0.5,\"i\":7,\"s\":\"t\"}",
                json);
    }
}
