package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show moves`.
final class ShownMoves {
    private ShownMoves() {}

    static String of(NodeConfig config, List<MoveReport> moves, boolean json) {
        return json ? json(config, moves) : text(config, moves);
    }

    private static String json(NodeConfig config, List<MoveReport> moves) {
        JsonWriter out = new JsonWriter().object().field("node", config.name()).array("moves");
        for (MoveReport move : moves) {
            out.object()
                    .field("id", move.number())
                    .field("source", MacAddress.format(move.source()))
                    .field("destination", MacAddress.format(move.destination()))
                    .field("from", link(config, move.from()))
                    .field("to", link(config, move.to()))
                    .field("state", move.state())
                    .field("why", move.why())
                    .field("old_way_us", us(move.oldWayNs()))
                    .field("new_way_us", us(move.newWayNs()))
                    .field("delay_difference_us", us(move.differenceNs()))
                    .field("held_frames", move.heldFrames())
                    .field("held_us", us(move.heldNs()))
                    .field("timed_out", move.letGoEarly())
                    .field("ms", move.tookNs() / 1e6)
                    .end();
        }
        return out.end().end().toString();
    }

    private static String text(NodeConfig config, List<MoveReport> moves) {
        if (moves.isEmpty()) {
            return "no flow has been moved";
        }
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {
            "", "source", "destination", "from", "to", "state", "old way", "new way", "held", "for", "took", ""
        });
        for (MoveReport move : moves) {
            rows.add(new String[] {
                Long.toString(move.number()),
                MacAddress.format(move.source()),
                MacAddress.format(move.destination()),
                link(config, move.from()),
                link(config, move.to()),
                move.state(),
                ms(move.oldWayNs()),
                ms(move.newWayNs()),
                Integer.toString(move.heldFrames()),
                ms(move.heldNs()),
                ms(move.tookNs()),
                move.why()
            });
        }
        return TextTable.of(rows);
    }

    private static String link(NodeConfig config, int port) {
        return config.links().values().stream()
                .filter(link -> link.port() == port)
                .map(NodeConfig.Link::name)
                .findFirst()
                .orElse("");
    }

    /// Not a number, which JSON's writer tells as null, where it is not known.
    private static double us(long ns) {
        return ns < 0 ? Double.NaN : ns / 1e3;
    }

    private static String ms(long ns) {
        return ns < 0 ? "unknown" : String.format(Locale.ROOT, "%.3f ms", ns / 1e6);
    }
}
