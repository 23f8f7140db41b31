package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LoopScheduling;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.stats.BatchHistogram;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.JsonWriter;
import org.vnetp.overlay.stats.LastRefused;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.PortCounter;
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

    static String links(
            NodeConfig config,
            Function<NodeConfig.Link, Map<String, Object>> describe,
            Snapshot counters,
            boolean json) {
        JsonWriter out = new JsonWriter().object().array("links");
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"index", "link", "to", "encap", "frames in", "frames out", "drops", "more"});
        for (NodeConfig.Link link : config.links().values()) {
            Map<String, Object> more = describe.apply(link);
            Snapshot.Port port = find(counters, link.port());
            String encap = link.encapsulation().name().toLowerCase(Locale.ROOT);
            out.object()
                    .field("index", link.index())
                    .field("name", link.name())
                    .field("endpoint", link.endpoint().toString())
                    .field("encap", encap);
            link.mtu().ifPresent(mtu -> out.field("mtu", mtu));
            out.fields(more);
            counters(out, port);
            out.end();
            rows.add(row(
                    List.of(
                            Integer.toString(link.index()),
                            link.name(),
                            link.endpoint().toString(),
                            encap),
                    port,
                    more));
        }
        return json ? out.end().end().toString() : TextTable.of(rows);
    }

    static String nics(
            NodeConfig config,
            Function<NodeConfig.Nic, Map<String, Object>> describe,
            Snapshot counters,
            boolean json) {
        JsonWriter out = new JsonWriter().object().array("nics");
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"nic", "kind", "frames in", "frames out", "drops", "more"});
        for (NodeConfig.Nic nic : config.nics().values()) {
            Map<String, Object> more = describe.apply(nic);
            Snapshot.Port port = find(counters, nic.port());
            String kind = nic.kind().word();
            out.object().field("name", nic.name()).field("kind", kind);
            if (nic.mac().isPresent() && !more.containsKey("mac")) {
                out.field("mac", MacAddress.format(nic.mac().getAsLong()));
            }
            if (nic.mtu().isPresent() && !more.containsKey("mtu")) {
                out.field("mtu", nic.mtu().getAsInt());
            }
            nic.netns().ifPresent(netns -> out.field("netns", netns));
            out.field("persist", nic.kind() instanceof NicKind.Tap tap && tap.persist());
            if (!more.containsKey("queues")) {
                out.field("queues", nic.kind().queues());
            }
            out.fields(more);
            counters(out, port);
            out.end();
            rows.add(row(List.of(nic.name(), kind), port, more));
        }
        return json ? out.end().end().toString() : TextTable.of(rows);
    }

    private static Snapshot.Port find(Snapshot counters, int id) {
        for (Snapshot.Port port : counters.ports()) {
            if (port.port().id() == id) {
                return port;
            }
        }
        return null;
    }

    private static void counters(JsonWriter out, Snapshot.Port port) {
        if (port != null) {
            out.object("counters");
            for (PortCounter counter : PortCounter.values()) {
                out.field(counter.label(), port.get(counter));
            }
            out.end();
        }
    }

    private static String[] row(List<String> first, Snapshot.Port port, Map<String, Object> more) {
        List<String> cells = new ArrayList<>(first);
        if (port == null) {
            cells.addAll(List.of("-", "-", "-"));
        } else {
            cells.add(Long.toString(port.get(PortCounter.FRAMES_IN)));
            cells.add(Long.toString(port.get(PortCounter.FRAMES_OUT)));
            cells.add(Long.toString(port.get(PortCounter.DROPS_IN) + port.get(PortCounter.DROPS_OUT)));
        }
        cells.add(more.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(" ")));
        return cells.toArray(String[]::new);
    }

    static String stats(Snapshot now, Snapshot before, boolean json) {
        return json ? statsJson(now) : statsText(now, before);
    }

    private static String statsJson(Snapshot now) {
        JsonWriter out = new JsonWriter()
                .object()
                .field("node", now.node())
                .field("time_ns", now.timeNs())
                .array("ports");
        for (Snapshot.Port port : now.ports()) {
            out.object()
                    .field("kind", port.port().kind())
                    .field("name", port.port().name());
            for (PortCounter counter : PortCounter.values()) {
                out.field(counter.label(), port.get(counter));
            }
            out.end();
        }
        out.end().field("drops_total", now.dropsTotal()).object("drops");
        for (DropReason reason : DropReason.values()) {
            out.field(reason.label(), now.drops(reason));
        }
        out.end().object("refused");
        for (LastRefused.Refusal last : now.refused().values()) {
            Refusals.write(out, now, last);
        }
        out.end().array("loops");
        for (Snapshot.Loop loop : now.loops()) {
            out.object().field("name", loop.name());
            for (LoopCounter counter : LoopCounter.values()) {
                out.field(counter.label(), loop.get(counter));
            }
            out.array("batches");
            Arrays.stream(loop.batches()).forEach(out::value);
            out.end().field("batch_frames", loop.batchFrames()).end();
        }
        return out.end().end().toString();
    }

    private static String statsText(Snapshot now, Snapshot before) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {
            "port",
            "frames in",
            "bytes in",
            "frames out",
            "bytes out",
            "super in",
            "super out",
            "gro",
            "gso",
            "errors",
            "frames/s",
            "Mbit/s"
        });
        double seconds = before == null ? 0 : (now.timeNs() - before.timeNs()) / 1e9;
        for (Snapshot.Port port : now.ports()) {
            Snapshot.Port old = before == null
                    ? null
                    : before.ports().stream()
                            .filter(p -> p.port().equals(port.port()))
                            .findFirst()
                            .orElse(null);
            boolean rate = old != null && seconds > 0;
            List<String> cells = new ArrayList<>();
            cells.add(port.port().kind() + " " + port.port().name());
            for (PortCounter counter : List.of(
                    PortCounter.FRAMES_IN,
                    PortCounter.BYTES_IN,
                    PortCounter.FRAMES_OUT,
                    PortCounter.BYTES_OUT,
                    PortCounter.SUPERFRAMES_IN,
                    PortCounter.SUPERFRAMES_OUT,
                    PortCounter.GRO_RECEIVES,
                    PortCounter.GSO_SENDS,
                    PortCounter.ERRORS)) {
                cells.add(Long.toString(port.get(counter)));
            }
            cells.add(rate ? decimal(since(port, old, PortCounter.FRAMES_IN, PortCounter.FRAMES_OUT) / seconds) : "-");
            cells.add(
                    rate
                            ? decimal(since(port, old, PortCounter.BYTES_IN, PortCounter.BYTES_OUT) * 8 / 1e6 / seconds)
                            : "-");
            rows.add(cells.toArray(String[]::new));
        }
        StringBuilder text = new StringBuilder(TextTable.of(rows));
        if (seconds > 0) {
            text.append("\nrates over the ").append(decimal(seconds)).append(" s since the last 'show stats'");
        }
        text.append("\ndrops ").append(now.dropsTotal());
        for (DropReason reason : DropReason.values()) {
            if (now.drops(reason) > 0) {
                text.append("\n  ").append(reason.label()).append(' ').append(now.drops(reason));
                text.append("  (").append(reason.description());
                LastRefused.Refusal last = now.refused().get(reason);
                text.append(last == null ? "" : "; " + Refusals.text(now, last)).append(')');
            }
        }
        for (Snapshot.Loop loop : now.loops()) {
            text.append("\nloop ").append(loop.name());
            for (LoopCounter counter : LoopCounter.values()) {
                if (loop.get(counter) > 0) {
                    text.append(' ').append(counter.label()).append('=').append(loop.get(counter));
                }
            }
            text.append("\n  frames a round:");
            for (int i = 0; i < loop.batches().length; i++) {
                if (loop.batches()[i] > 0) {
                    int bound = BatchHistogram.upperBound(i);
                    text.append(bound == Integer.MAX_VALUE ? " more:" : " <=" + bound + ":")
                            .append(loop.batches()[i]);
                }
            }
        }
        return text.toString();
    }

    private static double since(Snapshot.Port now, Snapshot.Port old, PortCounter in, PortCounter out) {
        return (double) (now.get(in) - old.get(in) + now.get(out) - old.get(out));
    }

    static String dispatch(DispatchReport report, boolean json) {
        DispatchSettings s = report.settings();
        if (json) {
            JsonWriter out = new JsonWriter()
                    .object()
                    .field("mode_out", s.out().label())
                    .field("mode_in", s.in().label())
                    .field("alpha_l", s.alphaL())
                    .field("alpha_u", s.alphaU())
                    .field("omega_ns", s.omegaNs())
                    .field("yield", s.yield().label())
                    .field("t_sleep_ns", s.tSleepNs())
                    .field("t_noyield", s.tNoyieldRounds())
                    .field("dispatchers", s.dispatchers())
                    .field("batch", s.batch())
                    .field("optimistic", s.optimistic())
                    .field("cut_through", s.cutThrough())
                    .field("policy", s.scheduling().label())
                    .field("nice", s.scheduling().nice())
                    .field("slice_ns", s.scheduling().sliceNs())
                    .field("cpus", LoopScheduling.list(s.scheduling().cpus()))
                    .array("directions");
            for (DispatchReport.Direction d : report.directions()) {
                out.object()
                        .field("loop", d.loop())
                        .field("direction", d.direction())
                        .field("state", d.state().label())
                        .field("packets_per_second", d.packetsPerSecond())
                        .field("switches", d.switches())
                        .field("held_back", d.heldBack())
                        .array("recent");
                for (DispatchReport.Switch each : d.recent()) {
                    out.object()
                            .field("seconds_ago", each.secondsAgo())
                            .field("to", each.to().label())
                            .field("packets_per_second", each.packetsPerSecond())
                            .field("cause", each.cause())
                            .end();
                }
                out.end().end();
            }
            out.end().array("machines");
            for (DispatchReport.Machine m : report.machines()) {
                out.object()
                        .field("nic", m.nic())
                        .field("sent", m.sent())
                        .field("received", m.received())
                        .field("kicks", m.kicks())
                        .field("calls", m.calls())
                        .field("early_calls", m.early())
                        .field("frames_a_kick", m.framesAKick())
                        .field("copied", m.copied())
                        .field("copies_a_frame_sent", m.copiesAFrameSent())
                        .field("empty_polls", m.emptyPolls())
                        .end();
            }
            return out.end().end().toString();
        }
        StringBuilder text = new StringBuilder("dispatch mode-out ")
                .append(s.out().label())
                .append(" mode-in ")
                .append(s.in().label())
                .append(" alpha-l ")
                .append(s.alphaL())
                .append(" alpha-u ")
                .append(s.alphaU())
                .append(" omega ")
                .append(Durations.format(s.omegaNs()))
                .append(" yield ")
                .append(s.yield().label())
                .append(" t-sleep ")
                .append(Durations.format(s.tSleepNs()))
                .append(" t-noyield ")
                .append(s.tNoyieldRounds())
                .append(" dispatchers ")
                .append(s.dispatchers())
                .append(" batch ")
                .append(s.batch())
                .append(" optimistic ")
                .append(s.optimistic() ? "on" : "off")
                .append(" cut-through ")
                .append(s.cutThrough() ? "on" : "off")
                .append(" policy ")
                .append(s.scheduling().label())
                .append(" nice ")
                .append(s.scheduling().nice())
                .append(" slice ")
                .append(
                        s.scheduling().sliceNs() == 0
                                ? "auto"
                                : Durations.format(s.scheduling().sliceNs()))
                .append(" cpus ")
                .append(LoopScheduling.list(s.scheduling().cpus()));
        for (DispatchReport.Direction d : report.directions()) {
            text.append('\n').append(d.loop()).append(' ').append(d.direction());
            text.append(": ").append(d.state().label()).append("-driven, ");
            text.append(decimal(d.packetsPerSecond())).append(" packets/s, ");
            text.append(d.switches()).append(" switches");
            if (d.heldBack() > 0) {
                text.append(", held back ").append(d.heldBack()).append(" times: no processor to spare");
            }
            for (DispatchReport.Switch each : d.recent()) {
                text.append("\n  ").append(decimal(each.secondsAgo())).append(" s ago to ");
                text.append(each.to().label()).append("-driven: ").append(each.cause());
            }
        }
        for (DispatchReport.Machine m : report.machines()) {
            text.append("\nnic ").append(m.nic()).append(": ").append(m.sent()).append(" frames sent, ");
            text.append(String.format(Locale.ROOT, "%.2f copies each, ", m.copiesAFrameSent()));
            text.append(m.kicks()).append(" kicks (");
            text.append(decimal(m.framesAKick())).append(" frames each); ");
            text.append(m.received()).append(" received, one copy each, ");
            text.append(m.calls()).append(" calls, ");
            text.append(m.early()).append(" early; ").append(m.emptyPolls()).append(" empty polls");
        }
        return text.toString();
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
            rows.add(new String[] {MacAddress.format(address.mac()), port, decimal(address.silentNs() / 1e9) + " s"});
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

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
