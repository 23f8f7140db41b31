package org.vnetp.reports.gate;

import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.vnetp.reports.stats.Names;

/// What a value is a value of. Two results are compared where these are the same.
///
/// @param suite `nas`, `macro`, `micro`
/// @param benchmark as in the observation; of JMH class and method
/// @param fabric empty where the suite has none
/// @param link empty where the suite has none
/// @param params `name=value;name=value`, may be empty
/// @param metric of JMH its mode
public record SeriesKey(String suite, String benchmark, String fabric, String link, String params, String metric)
        implements Comparable<SeriesKey> {
    private static final Comparator<SeriesKey> ORDER = Comparator.comparing(SeriesKey::suite)
            .thenComparing(SeriesKey::benchmark)
            .thenComparing(SeriesKey::params)
            .thenComparing(SeriesKey::link)
            .thenComparing(SeriesKey::fabric)
            .thenComparing(SeriesKey::metric);

    /// `nas/cg.A.2/vnetp/10gbit/mops`: what is empty is left out.
    public String text() {
        return parts().collect(Collectors.joining("/"));
    }

    private Stream<String> parts() {
        return Stream.of(suite, benchmark, params, fabric, link, metric).filter(part -> !part.isEmpty());
    }

    /// The same without suite and metric, for people.
    public String shortText() {
        String name = suite.equals("micro") ? Names.withoutPackages(benchmark) : benchmark;
        return Stream.of(name, params, fabric, link)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    @Override
    public int compareTo(SeriesKey other) {
        return ORDER.compare(this, other);
    }
}
