package org.vnetp.reports.result;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What each host sent over a run's time, and what was decided when (`raw/RUN.timeline.csv`):
///
/// ```
/// seconds,host,mbit_per_s,decision
/// 0.25,a,93.1,
/// 0.25,b,31.0,
/// 3.512,,,shortcut
/// ```
///
/// @param rates     by host: seconds since the run's beginning, and Mbit/s since the time before
/// @param decisions in their order
public record TimeLineFile(Map<String, List<Rate>> rates, List<Decision> decisions) {
    /// Behind a run's file name.
    public static final String SUFFIX = ".timeline.csv";

    public static final String HEADER = "seconds,host,mbit_per_s,decision";
    private static final String NUMBER = "[0-9.E-]{1,24}";
    private static final int CELLS = 4;

    /// A host's rate at a time.
    public record Rate(double seconds, double megabits) {}

    /// A decision that was carried out, or advised, at a time.
    public record Decision(double seconds, String kind) {}

    /// @throws ResultException naming file and line where it is not understood
    public static TimeLineFile read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            throw new ResultException(file, "not UTF-8", e);
        }
        if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
            throw new ResultException(file, 1, "expected '" + HEADER + "'");
        }
        Map<String, List<Rate>> rates = new LinkedHashMap<>();
        List<Decision> decisions = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            boolean decision = cells.length == CELLS && !cells[3].isEmpty();
            try {
                if (cells.length != CELLS || !cells[0].matches(NUMBER) || !decision && !cells[2].matches(NUMBER)) {
                    throw new NumberFormatException();
                }
                double seconds = Double.parseDouble(cells[0]);
                if (decision) {
                    decisions.add(new Decision(seconds, cells[3]));
                } else {
                    rates.computeIfAbsent(cells[1], _ -> new ArrayList<>())
                            .add(new Rate(seconds, Double.parseDouble(cells[2])));
                }
            } catch (NumberFormatException e) {
                throw new ResultException(file, i + 1, "'" + lines.get(i) + "': expected " + HEADER, e);
            }
        }
        return new TimeLineFile(rates, decisions);
    }
}
