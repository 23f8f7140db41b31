package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.LinkRate;
import org.vnetp.macrobench.testbed.NeedsForTests;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.testbed.TestbedSpec;

/// Steady load on real nodes, for `-Dvnetp.adapt.steady=SECONDS`: a controller that may change
/// anything changes nothing, whatever the machine does beside it. Not run unless told, since it
/// takes the processors that tests beside it need; the hour in memory is the overlay's own test.
@EnabledIfSystemProperty(named = "vnetp.adapt.steady", matches = "[0-9]+")
class SteadyLoadTest {
    private static final int SECONDS = Integer.getInteger("vnetp.adapt.steady", 25);
    private static final int SIZE = 1000;
    private static final long ANSWER_SECONDS = 30;
    private static final String PORT = "7015";

    @TempDir
    Path directory;

    /// A stream between two guests.
    private record Stream(String name, Talk source, Talk sink) implements AutoCloseable {
        @Override
        public void close() {
            source.close();
            sink.close();
        }
    }

    private Stream stream(Fabric fabric, int from, int to) throws Exception {
        String name = fabric.name() + " " + from + " to " + to;
        Path errors = directory.resolve(name.replace(' ', '-'));
        Endpoint there = fabric.endpoints().get(to);
        Talk sink = new Talk(there, Path.of(errors + "-sink"), DatagramLoad.class, "sink", PORT);
        sink.read("ready", ANSWER_SECONDS);
        Talk source = new Talk(
                fabric.endpoints().get(from),
                Path.of(errors + "-source"),
                DatagramLoad.class,
                "source",
                there.address(),
                PORT,
                Integer.toString(SIZE));
        source.read("ready", ANSWER_SECONDS);
        sink.ask("reset 1", "received=", ANSWER_SECONDS);
        return new Stream(name, source, sink);
    }

    /// A mesh in which neighbours send each other 16 Mbit/s, more than the least that is looked
    /// at; and a star in which two pairs send 2 Mbit/s over the hub, which holds nobody up.
    @Test
    @Tag("netns")
    @Timeout(4000)
    void nothingIsChangedOrAdvised() throws Exception {
        NeedsForTests.namespaces();
        TestbedSpec spec = TestbedSpec.hosts(4)
                .withName("adc" + ProcessHandle.current().pid() % 100_000)
                .withLink(LinkRate.parse("100mbit"));
        Map<Stream, Integer> streams = new LinkedHashMap<>();
        try (Testbed testbed = Testbed.up(spec)) {
            Fabric mesh = testbed.fabric(FabricSpec.parse("mesh=vnetp:adapt=on"));
            Fabric star = testbed.fabric(FabricSpec.parse("star=vnetp:topology=star,adapt=on"));
            streams.put(stream(mesh, 1, 2), 2000);
            streams.put(stream(mesh, 2, 3), 2000);
            streams.put(stream(star, 1, 3), 250);
            streams.put(stream(star, 3, 2), 250);
            for (Map.Entry<Stream, Integer> each : streams.entrySet()) {
                each.getKey().source().say("send 1 " + each.getValue() + " " + SECONDS);
            }
            for (Map.Entry<Stream, Integer> each : streams.entrySet()) {
                double sent = each.getKey()
                        .source()
                        .read("sent=", SECONDS + ANSWER_SECONDS)
                        .get("sent");
                double came = each.getKey()
                        .sink()
                        .ask("count", "received=", ANSWER_SECONDS)
                        .get("received");
                assertTrue(
                        came > 0.5 * each.getValue() * SECONDS,
                        each.getKey().name() + ": there was no load: " + sent + " sent, " + came + " came");
            }
            for (Fabric fabric : List.of(mesh, star)) {
                fabric.check();
                Decisions decisions =
                        Decisions.parse(fabric.adapter().orElseThrow().decisions());
                assertEquals(0, decisions.changes(), fabric.name() + ": " + decisions.moves());
                assertEquals(List.of(), decisions.advice(), fabric.name());
            }
        } finally {
            new ArrayList<>(streams.keySet()).forEach(Stream::close);
        }
    }
}
