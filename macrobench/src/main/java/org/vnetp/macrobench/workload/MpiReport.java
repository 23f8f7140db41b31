package org.vnetp.macrobench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What [MpiSizes] printed, read strictly: every size in order, the payload, the end.
///
/// @param lines one a size
/// @param payloadBytes what ranks sent to ranks on other hosts, all sizes and warm-up together
record MpiReport(List<Line> lines, long payloadBytes) {
    private static final Pattern LINE = Pattern.compile("\\s*(\\d+)\\s+(\\d+)\\s+(\\d+\\.\\d+)\\s+\\d+\\.\\d+\\s*");
    private static final Pattern PAYLOAD = Pattern.compile("# payload between hosts, bytes: (\\d+)");

    /// @param size of the message, bytes
    /// @param iterations that were timed
    /// @param micros mean time of an exchange as its [MpiPattern] counts it
    record Line(int size, int iterations, double micros) {
        /// Counted from the time: the printed MB/s of a byte that took more than 2 ms is 0.000.
        ///
        /// @param ranks of the job
        double bitsPerSecond(MpiPattern pattern, int ranks) {
            return pattern.counted(size, ranks) * 8e6 / micros;
        }
    }

    /// @param sizes that are expected, in order
    /// @throws IllegalArgumentException naming the line that is not as expected, or what is missing
    static MpiReport parse(String text, List<Integer> sizes) {
        List<Line> lines = new ArrayList<>();
        long payload = -1;
        boolean ended = false;
        for (String line : text.lines().toList()) {
            Matcher sent = PAYLOAD.matcher(line);
            if (sent.matches()) {
                payload = Long.parseLong(sent.group(1));
            } else if (line.equals("# end")) {
                ended = true;
            } else if (!line.startsWith("#") && !line.isBlank()) {
                lines.add(line(line));
            }
        }
        if (!lines.stream().map(Line::size).toList().equals(sizes)) {
            throw new IllegalArgumentException("the ranks printed the sizes "
                    + lines.stream().map(Line::size).toList() + ", expected " + sizes);
        }
        if (payload < 0 || !ended) {
            throw new IllegalArgumentException("the ranks' output is cut off after " + lines.size() + " sizes");
        }
        return new MpiReport(List.copyOf(lines), payload);
    }

    private static Line line(String text) {
        Matcher m = LINE.matcher(text);
        if (m.matches()) {
            Line line = new Line(
                    Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)), Double.parseDouble(m.group(3)));
            if (line.iterations() > 0 && line.micros() > 0) {
                return line;
            }
        }
        throw new IllegalArgumentException(
                "the ranks printed '" + text.strip() + "', expected bytes, iterations, microseconds and MB/s");
    }

    /// The geometric mean of all sizes' times, in microseconds.
    double meanMicros() {
        return Math.exp(lines.stream()
                .mapToDouble(line -> Math.log(line.micros()))
                .average()
                .orElseThrow());
    }
}
