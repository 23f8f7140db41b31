package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.stats.JsonWriter;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;

/// The answers of `show links` and `show nics`, with the counters of the ports behind them.
final class ShownPorts {
    private ShownPorts() {}

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
}
