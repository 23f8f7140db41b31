package org.vnetp.reports.result;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Who sent how much to whom in one run (`raw/RUN.matrix.csv`):
///
/// ```
/// # all-to-all, confidence 0.97
/// from,to,bytes,seconds
/// guest-1,guest-1,0,0.52
/// guest-1,guest-2,1048576,0.52
/// ...
/// ```
///
/// @param shape    what the runner said of it in the first line
/// @param names    in the order of the file
/// @param megabytes a second, from each to each, 10^6 bytes
public record TrafficFile(String shape, List<String> names, double[][] megabytes) {
    /// Behind a run's file name.
    public static final String SUFFIX = ".matrix.csv";

    private static final String HEADER = "from,to,bytes,seconds";
    private static final int FIRST_ROW = 2;

    /// @throws ResultException naming file and line where it is not understood
    public static TrafficFile read(Path file) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            throw new ResultException(file, "not UTF-8", e);
        }
        if (lines.size() < FIRST_ROW
                || !lines.get(0).startsWith("# ")
                || !lines.get(1).equals(HEADER)) {
            throw new ResultException(file, 1, "expected '# SHAPE' and '" + HEADER + "'");
        }
        List<String> names = new ArrayList<>();
        for (String line : lines.subList(FIRST_ROW, lines.size())) {
            String from = line.split(",", -1)[0];
            if (!names.contains(from)) {
                names.add(from);
            }
        }
        double[][] rates = new double[names.size()][names.size()];
        for (int i = FIRST_ROW; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            int to = cells.length == 4 ? names.indexOf(cells[1]) : -1;
            if (to < 0 || !cells[2].matches("\\d{1,18}") || !cells[3].matches("[0-9.E-]{1,24}")) {
                throw new ResultException(
                        file, i + 1, "'" + lines.get(i) + "': expected two names, bytes and seconds, as " + HEADER);
            }
            double seconds = seconds(file, i + 1, cells[3]);
            rates[names.indexOf(cells[0])][to] = Double.parseDouble(cells[2]) / 1e6 / seconds;
        }
        return new TrafficFile(lines.get(0).substring(2), names, rates);
    }

    private static double seconds(Path file, int line, String text) throws ResultException {
        try {
            double seconds = Double.parseDouble(text);
            if (seconds > 0 && Double.isFinite(seconds)) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ResultException(file, line, "'" + text + "': expected seconds above 0");
    }

    /// All bytes a second together.
    public double total() {
        double sum = 0;
        for (double[] row : megabytes) {
            for (double value : row) {
                sum += value;
            }
        }
        return sum;
    }
}
