package org.vnetp.nas.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a resident job says of one opening of its gate, in one line of its standard output.
///
/// @param number of the opening, from 0, which is the region that the job begins with
/// @param passes how often the region was run
/// @param verified whether each of them was
/// @param seconds of one pass, the mean, by the clock that the specification names
/// @param mops million operations a second, from those seconds
/// @param communication the ranks' share of the timed seconds inside MPI; NaN when not measured
/// @param payloadBytes that the ranks sent to other hosts while the gate was open
/// @param timedBytes the same in one timed pass
/// @param cpuNanos of all threads of all ranks while the gate was open
/// @param each rank 0's seconds of every pass
public record RegionReport(
        int number,
        int passes,
        boolean verified,
        double seconds,
        double mops,
        double communication,
        long payloadBytes,
        long timedBytes,
        long cpuNanos,
        List<Double> each) {

    /// The line of a job that waits for the order to run its first region.
    public static final String READY = " ready for its first region";

    private static final String MARK = " region ";
    private static final int MOST_PASSES = 1000;

    public RegionReport {
        each = List.copyOf(each);
    }

    /// How many passes like these take at least so many seconds; from 1 to 1000.
    public int passesFor(double least) {
        return (int) Math.clamp(Math.ceil(least / Math.max(seconds, 1e-6)), 1, MOST_PASSES);
    }

    /// Whether a line of a resident job's standard output is one that its harness waits for.
    public static boolean answers(String line) {
        return line.equals(READY) || parse(line).isPresent();
    }

    String line() {
        return MARK
                + String.format(
                        Locale.ROOT,
                        "number=%d passes=%d verified=%s seconds=%.9f mops=%.6f communication=%.6f payload=%d timed=%d"
                                + " cpu_ns=%d each=%s",
                        number,
                        passes,
                        verified ? "yes" : "no",
                        seconds,
                        mops,
                        communication,
                        payloadBytes,
                        timedBytes,
                        cpuNanos,
                        each.stream()
                                .map(s -> String.format(Locale.ROOT, "%.6f", s))
                                .collect(Collectors.joining(",")));
    }

    /// Reads such a line; empty for any other.
    ///
    /// @throws IllegalArgumentException for one that begins like it but is not whole
    public static Optional<RegionReport> parse(String line) {
        if (!line.startsWith(MARK + "number=")) {
            return Optional.empty();
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (String word : line.strip().split(" ")) {
            int at = word.indexOf('=');
            if (at > 0) {
                fields.put(word.substring(0, at), word.substring(at + 1));
            }
        }
        try {
            List<Double> each = new ArrayList<>();
            for (String seconds : fields.get("each").split(",")) {
                each.add(Double.parseDouble(seconds));
            }
            return Optional.of(new RegionReport(
                    Integer.parseInt(fields.get("number")),
                    Integer.parseInt(fields.get("passes")),
                    fields.get("verified").equals("yes"),
                    Double.parseDouble(fields.get("seconds")),
                    Double.parseDouble(fields.get("mops")),
                    Double.parseDouble(fields.get("communication")),
                    Long.parseLong(fields.get("payload")),
                    Long.parseLong(fields.get("timed")),
                    Long.parseLong(fields.get("cpu_ns")),
                    each));
        } catch (NumberFormatException | NullPointerException e) {
            throw new IllegalArgumentException("not a whole report of a region: '" + line + "'", e);
        }
    }
}
