package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.stats.JsonWriter;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;
import org.vnetp.overlay.stats.TrafficMatrix;

/// The answers of `show`, as text for people and as one line of JSON. Field names of JSON are kept
/// from version to version; new ones may be added.
final class Showing {
    private Showing() {}

    static String node(NodeConfig config, StartUp startUp, boolean json) {
        if (json) {
            JsonWriter out = new JsonWriter().object().field("node", config.name());
            config.listening().ifPresent(l -> {
                out.field("listen", l.endpoint().toString());
                out.field("network", l.network());
            });
            out.field("nics", config.nics().size())
                    .field("links", config.links().size())
                    .field("routes", config.routes().size());
            learning(config, out);
            config.metrics().ifPresent(m -> out.field("metrics", m.toString()));
            startUp.readyMs().ifPresent(ms -> out.field("ready_ms", Math.round(ms)));
            startUp.firstFrameMs().ifPresent(ms -> out.field("first_frame_ms", Math.round(ms)));
            return out.end().toString();
        }
        return "node " + config.name()
                + config.listening()
                        .map(l -> "\nlisten " + l.endpoint() + " network " + l.network())
                        .orElse("")
                + "\n" + config.nics().size() + " nics, " + config.links().size() + " links, "
                + config.routes().size() + " routes"
                + "\nlearn "
                + (config.learning().enabled()
                        ? "on age " + Durations.format(config.learning().ageNs())
                                + (config.learning().relay() ? " relay" : "")
                        : "off")
                + "\nmetrics "
                + config.metrics().map(m -> "listen " + m).orElse("off")
                + sinceStart("ready", startUp.readyMs())
                + sinceStart("first frame", startUp.firstFrameMs());
    }

    private static String sinceStart(String what, OptionalDouble ms) {
        return ms.isEmpty() ? "" : "\n" + what + " after " + Math.round(ms.getAsDouble()) + " ms";
    }

    private static void learning(NodeConfig config, JsonWriter out) {
        out.object("learn")
                .field("on", config.learning().enabled())
                .field("age_ns", config.learning().ageNs())
                .field("relay", config.learning().relay())
                .end();
    }

    static String routes(NodeConfig config, boolean json) {
        if (json) {
            JsonWriter out = new JsonWriter().object().array("routes");
            for (NodeConfig.RouteEntry entry : config.routes().values()) {
                out.object()
                        .field("index", entry.index())
                        .field("source", entry.route().source().toString())
                        .field("destination", entry.route().destination().toString())
                        .field("to", entry.route().to().toString())
                        .field("from", entry.route().from().toString())
                        .field("priority", entry.rule().priority())
                        .end();
            }
            return out.end().end().toString();
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"index", "source", "destination", "to", "from", "priority"});
        for (NodeConfig.RouteEntry entry : config.routes().values()) {
            rows.add(new String[] {
                Integer.toString(entry.index()),
                entry.route().source().toString(),
                entry.route().destination().toString(),
                entry.route().to().toString(),
                entry.route().from().toString(),
                Integer.toString(entry.rule().priority())
            });
        }
        return TextTable.of(rows);
    }

    static String matrix(Snapshot now, boolean json) {
        if (json) {
            JsonWriter out = new JsonWriter()
                    .object()
                    .field("node", now.node())
                    .field("time_ns", now.timeNs())
                    .array("pairs");
            for (TrafficMatrix.Row row : now.matrix()) {
                out.object()
                        .field("source", MacAddress.format(row.source()))
                        .field("destination", MacAddress.format(row.destination()))
                        .field("frames", row.frames())
                        .field("bytes", row.bytes())
                        .end();
            }
            return out.end()
                    .object("other")
                    .field("frames", now.other().frames())
                    .field("bytes", now.other().bytes())
                    .end()
                    .end()
                    .toString();
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"source", "destination", "frames", "bytes"});
        for (TrafficMatrix.Row row : now.matrix()) {
            rows.add(new String[] {
                MacAddress.format(row.source()),
                MacAddress.format(row.destination()),
                Long.toString(row.frames()),
                Long.toString(row.bytes())
            });
        }
        rows.add(new String[] {
            "other",
            "",
            Long.toString(now.other().frames()),
            Long.toString(now.other().bytes())
        });
        return TextTable.of(rows);
    }

    static String learned(NodeConfig config, List<LearnedAddress> learned, boolean json) {
        List<LearnedAddress> sorted = learned.stream()
                .sorted(java.util.Comparator.comparingLong(LearnedAddress::mac))
                .toList();
        JsonWriter out = new JsonWriter().object().array("learned");
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"address", "port", "silent"});
        for (LearnedAddress address : sorted) {
            String port = portName(config, address.port());
            out.object()
                    .field("mac", MacAddress.format(address.mac()))
                    .field("port", port)
                    .field("silent_ns", address.silentNs())
                    .end();
            rows.add(new String[] {
                MacAddress.format(address.mac()), port, TextTable.decimal(address.silentNs() / 1e9) + " s"
            });
        }
        return json ? out.end().end().toString() : TextTable.of(rows);
    }

    private static String portName(NodeConfig config, int id) {
        for (NodeConfig.Nic nic : config.nics().values()) {
            if (nic.port() == id) {
                return "nic " + nic.name();
            }
        }
        for (NodeConfig.Link link : config.links().values()) {
            if (link.port() == id) {
                return "link " + link.name();
            }
        }
        return "gone";
    }
}
