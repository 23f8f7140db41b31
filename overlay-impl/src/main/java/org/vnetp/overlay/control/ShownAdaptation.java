package org.vnetp.overlay.control;

import java.util.Locale;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show adaptation`.
final class ShownAdaptation {
    private ShownAdaptation() {}

    static String of(NodeConfig config, long nowNs, boolean json) {
        return json ? json(config, nowNs) : text(config, nowNs);
    }

    private static long rules(NodeConfig config, Adaptation.Pair pair) {
        return config.routes().values().stream()
                .filter(entry -> entry.route().source().equals(MacPattern.exact(pair.source()))
                        && entry.route().destination().equals(MacPattern.exact(pair.destination())))
                .count();
    }

    private static String json(NodeConfig config, long nowNs) {
        Adaptation adaptation = config.adaptation();
        JsonWriter out = new JsonWriter()
                .object()
                .field("node", config.name())
                .field("allowed", adaptation.allowed())
                .field("holder", adaptation.leftNs(nowNs) > 0 ? adaptation.holder() : "")
                .field("left_ns", adaptation.leftNs(nowNs))
                .array("pairs");
        for (Adaptation.Pair pair : adaptation.pairs()) {
            out.object()
                    .field("source", MacAddress.format(pair.source()))
                    .field("destination", MacAddress.format(pair.destination()))
                    .field("rules", rules(config, pair))
                    .end();
        }
        out.end().array("links");
        adaptation.links().forEach(out::value);
        out.end();
        if (!adaptation.note().isEmpty()) {
            out.field("note", adaptation.note()).field("note_age_ns", nowNs - adaptation.notedNs());
        }
        return out.end().toString();
    }

    private static String text(NodeConfig config, long nowNs) {
        Adaptation adaptation = config.adaptation();
        StringBuilder text = new StringBuilder("adapt ").append(adaptation.allowed() ? "on" : "off");
        long left = adaptation.leftNs(nowNs);
        text.append(
                left > 0
                        ? String.format(Locale.ROOT, "\nled by %s for another %.1f s", adaptation.holder(), left / 1e9)
                        : "\nled by nobody");
        for (Adaptation.Pair pair : adaptation.pairs()) {
            text.append("\npair ")
                    .append(MacAddress.format(pair.source()))
                    .append(' ')
                    .append(MacAddress.format(pair.destination()));
            if (rules(config, pair) == 0) {
                text.append(" without a rule");
            }
            config.routes().values().stream()
                    .filter(entry -> entry.route().source().equals(MacPattern.exact(pair.source()))
                            && entry.route().destination().equals(MacPattern.exact(pair.destination())))
                    .forEach(entry -> text.append(" by ").append(entry.route().to()));
        }
        for (String link : adaptation.links()) {
            text.append("\nlink ").append(link).append(config.links().containsKey(link) ? "" : " not there");
        }
        if (!adaptation.note().isEmpty()) {
            text.append(String.format(
                    Locale.ROOT,
                    "\nlast decision, %.1f s ago: %s",
                    (nowNs - adaptation.notedNs()) / 1e9,
                    adaptation.note()));
        }
        return text.toString();
    }
}
