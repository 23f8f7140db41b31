package org.vnetp.reports.history;

import java.util.List;
import org.vnetp.reports.stats.Names;

/// What tells one series from all others: `suite/benchmark/fabric/link/params/metric`, such as
/// `nas/cg.A.4/vnetp/10gbit//mops`. A slash inside a part is written `%2F`, a percent sign `%25`.
///
/// @param fabric and
/// @param link and
/// @param params are empty where the suite has none
public record SeriesName(String suite, String benchmark, String fabric, String link, String params, String metric) {
    private static final int PARTS = 6;

    /// The benchmark of a series that sums up all cells of a link.
    public static final String GEOMETRIC_MEAN = "geometric-mean";

    /// Reads what [#text()] wrote.
    ///
    /// @throws IllegalArgumentException saying what was expected
    public static SeriesName parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length != PARTS || parts[0].isEmpty() || parts[1].isEmpty() || parts[5].isEmpty()) {
            throw new IllegalArgumentException(
                    "series '" + text + "': expected suite/benchmark/fabric/link/params/metric");
        }
        for (int i = 0; i < PARTS; i++) {
            parts[i] = parts[i].replace("%2F", "/").replace("%25", "%");
        }
        return new SeriesName(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
    }

    public String text() {
        return String.join(
                "/",
                List.of(suite, benchmark, fabric, link, params, metric).stream()
                        .map(part -> part.replace("%", "%25").replace("/", "%2F"))
                        .toList());
    }

    /// For a heading: the parts that say something, without the packages of a class.
    public String title() {
        String name = suite.equals("micro") ? Names.withoutPackages(benchmark) : benchmark;
        StringBuilder title = new StringBuilder(name);
        for (String part : List.of(params.replace(';', ' '), fabric, link, metric)) {
            if (!part.isEmpty() && !part.equals("none")) {
                title.append(' ').append(part);
            }
        }
        return title.toString();
    }
}
