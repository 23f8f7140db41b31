package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Quantity;
import org.vnetp.overlay.stats.JsonWriter;

/// The answer of `show measurements`.
final class ShownMeasurements {
    private ShownMeasurements() {}

    static String of(NodeConfig config, List<LinkReport> links, boolean json) {
        return json ? json(config, links) : text(config, links);
    }

    private static String json(NodeConfig config, List<LinkReport> links) {
        JsonWriter out = new JsonWriter()
                .object()
                .field("node", config.name())
                .field("on", config.measuring())
                .array("links");
        for (LinkReport link : links) {
            out.object().field("name", link.link()).fields(link.more()).object("values");
            for (Map.Entry<Quantity, Estimate> each : link.values().entrySet()) {
                Estimate value = each.getValue();
                out.object(each.getKey().label())
                        .field("value", value.value())
                        .field("unit", each.getKey().unit().label())
                        .field("low", value.low())
                        .field("high", value.high())
                        .field("at_least", value.atLeast())
                        .field("samples", value.samples())
                        .field("interval_ns", value.intervalNs())
                        .field("age_ns", value.ageNs())
                        .end();
            }
            out.end().end();
        }
        return out.end().end().toString();
    }

    private static String text(NodeConfig config, List<LinkReport> links) {
        StringBuilder text = new StringBuilder("measure ").append(config.measuring() ? "on" : "off");
        for (LinkReport link : links) {
            text.append("\nlink ").append(link.link()).append(':');
            link.more()
                    .forEach((name, value) -> text.append(' ')
                            .append(name)
                            .append('=')
                            .append(value instanceof Double number ? plain(number) : value));
            List<String[]> rows = new ArrayList<>();
            rows.add(new String[] {"quantity", "value", "between", "samples", "over", "age"});
            link.values().forEach((quantity, value) -> rows.add(row(quantity, value)));
            text.append('\n').append(TextTable.of(rows));
        }
        return text.toString();
    }

    private static String[] row(Quantity quantity, Estimate value) {
        if (!value.known()) {
            return new String[] {quantity.label(), "unknown", "", "", "", ""};
        }
        return new String[] {
            quantity.label(),
            (value.atLeast() ? "at least " : "") + told(quantity, value.value()),
            Double.isNaN(value.low()) && Double.isNaN(value.high())
                    ? ""
                    : told(quantity, value.low()) + " .. " + told(quantity, value.high()),
            Long.toString(value.samples()),
            seconds(value.intervalNs()),
            seconds(value.ageNs())
        };
    }

    private static String plain(double number) {
        return Double.isNaN(number) ? "unknown" : String.format(Locale.ROOT, "%.3g", number);
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.1f s", ns / 1e9);
    }

    private static String told(Quantity quantity, double value) {
        if (Double.isNaN(value)) {
            return "?";
        }
        return switch (quantity.unit()) {
            case RATIO -> String.format(Locale.ROOT, "%.4f %%", 100 * value);
            case NS -> String.format(Locale.ROOT, "%.1f us", value / 1e3);
            case BIT_PER_S -> String.format(Locale.ROOT, "%.3f Mbit/s", value / 1e6);
        };
    }
}
