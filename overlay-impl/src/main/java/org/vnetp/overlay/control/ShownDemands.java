package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.measure.Demand;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show demands`.
final class ShownDemands {
    private ShownDemands() {}

    static String of(NodeConfig config, Demands demands, boolean json) {
        return json ? json(config, demands) : text(config, demands);
    }

    private static String json(NodeConfig config, Demands demands) {
        JsonWriter out = new JsonWriter()
                .object()
                .field("node", config.name())
                .field("on", config.measuring())
                .field("topology", demands.topology().label())
                .field("confidence", demands.confidence())
                .field("stable_s", demands.stableS())
                .field("topology_now", demands.now().label())
                .field("window_s", demands.windowS())
                .field("other_share", demands.otherShare())
                .array("guests");
        demands.guests().forEach(guest -> out.value(MacAddress.format(guest)));
        out.end().array("pairs");
        for (Demand pair : demands.pairs()) {
            out.object()
                    .field("source", MacAddress.format(pair.source()))
                    .field("destination", MacAddress.format(pair.destination()))
                    .field("bytes_per_s", pair.bytesPerS())
                    .field("frames_per_s", pair.framesPerS())
                    .field("share", pair.share())
                    .field("kept", pair.kept())
                    .end();
        }
        return out.end().end().toString();
    }

    private static String text(NodeConfig config, Demands demands) {
        if (demands.windowS() == 0) {
            return "demands unknown: " + (config.measuring() ? "measuring has just begun" : "measure is off");
        }
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "topology %s, confidence %.2f, %s for %.1f s%s%n%d guests, as this node sees them, over %.1f s;"
                        + " other traffic %.1f %%%n",
                demands.topology().label(),
                demands.confidence(),
                demands.topology() == demands.now() ? "stable" : demands.now().label(),
                demands.stableS(),
                config.measuring() ? "" : " (measure is off: this is old)",
                demands.guests().size(),
                demands.windowS(),
                100 * demands.otherShare()));
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"source", "destination", "MB/s", "frames/s", "share", ""});
        for (Demand pair : demands.pairs()) {
            rows.add(new String[] {
                MacAddress.format(pair.source()),
                MacAddress.format(pair.destination()),
                String.format(Locale.ROOT, "%.3f", pair.bytesPerS() / 1e6),
                String.format(Locale.ROOT, "%.1f", pair.framesPerS()),
                String.format(Locale.ROOT, "%.3f", pair.share()),
                pair.kept() ? "" : "pruned"
            });
        }
        return text.append(TextTable.of(rows)).toString().replace(System.lineSeparator(), "\n");
    }
}
