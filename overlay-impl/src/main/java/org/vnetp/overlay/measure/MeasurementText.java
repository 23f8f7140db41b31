package org.vnetp.overlay.measure;

import java.util.List;
import org.vnetp.overlay.stats.PrometheusText;

/// What is known of links in Prometheus' text format 0.0.4. What is unknown is not there, rather
/// than 0.
public final class MeasurementText {
    private MeasurementText() {}

    public static String of(String node, List<LinkReport> links) {
        StringBuilder out = new StringBuilder();
        for (Quantity quantity : Quantity.values()) {
            boolean first = true;
            for (LinkReport link : links) {
                Estimate value = link.values().get(quantity);
                if (value == null || !value.known()) {
                    continue;
                }
                String name = name(quantity);
                if (first) {
                    out.append("# HELP ").append(name).append(' ').append(quantity.description());
                    out.append("\n# TYPE ").append(name).append(" gauge\n");
                    first = false;
                }
                out.append(name)
                        .append('{')
                        .append(PrometheusText.label("node", node))
                        .append(',')
                        .append(PrometheusText.label("link", link.link()))
                        .append(',')
                        .append(PrometheusText.label("bound", value.atLeast() ? "at-least" : "none"))
                        .append("} ")
                        .append(scaled(quantity, value.value()))
                        .append('\n');
            }
        }
        return out.toString();
    }

    /// Base units, as Prometheus wants them: seconds, ratios, bits a second.
    private static String name(Quantity quantity) {
        return "vnetp_link_" + quantity.label()
                + switch (quantity.unit()) {
                    case RATIO -> "_ratio";
                    case NS -> "_seconds";
                    case BIT_PER_S -> "_bits_per_second";
                };
    }

    private static double scaled(Quantity quantity, double value) {
        return quantity.unit() == Quantity.Unit.NS ? value / 1e9 : value;
    }
}
