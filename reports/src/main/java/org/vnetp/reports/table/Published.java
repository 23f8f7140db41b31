package org.vnetp.reports.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

/// VNET/P's published NAS results, from the authors' slides: 19 rows, native and overlay, at 1 and 10 Gbit/s.
public final class Published {
    public static final String SOURCE = "VNET/P, HPDC 2012 (authors' slides)";
    private static final Map<String, CSVRecord> ROWS = read();

    /// @param benchmark kernel.class.ranks
    /// @param nativeMops Mop/s
    /// @param overlayMops Mop/s
    public record Row(String benchmark, double nativeMops, double overlayMops) {
        public double ratio() {
            return overlayMops / nativeMops;
        }
    }

    private Published() {}

    private static Map<String, CSVRecord> read() {
        Map<String, CSVRecord> rows = new LinkedHashMap<>();
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setCommentMarker('#')
                .get();
        try (InputStream in = Published.class.getResourceAsStream("published-vnetp-nas.csv");
                var parser = format.parse(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (CSVRecord record : parser) {
                rows.put(record.get("benchmark"), record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("our own resource", e);
        }
        return rows;
    }

    /// The published row of that name at that link rate.
    public static Optional<Row> row(String benchmark, String link) {
        CSVRecord record = ROWS.get(benchmark);
        if (record == null || !has(link)) {
            return Optional.empty();
        }
        return Optional.of(new Row(
                benchmark,
                Double.parseDouble(record.get("native_" + link)),
                Double.parseDouble(record.get("vnetp_" + link))));
    }

    /// The published row of that kernel and that many ranks: of that class, or else of the smallest that was published.
    public static Optional<Row> nearest(String benchmark, String link) {
        String[] wanted = benchmark.split("\\.");
        return row(benchmark, link)
                .or(() -> ROWS.keySet().stream()
                        .filter(name -> wanted.length == 3
                                && name.startsWith(wanted[0] + ".")
                                && name.endsWith("." + wanted[2]))
                        .sorted()
                        .findFirst()
                        .flatMap(name -> row(name, link)));
    }

    /// Whether there are published results at that link rate.
    public static boolean has(String link) {
        return link.equals("1gbit") || link.equals("10gbit");
    }

    /// All published rows at that link rate.
    public static List<Row> rows(String link) {
        List<Row> rows = new ArrayList<>();
        ROWS.keySet().forEach(name -> row(name, link).ifPresent(rows::add));
        return rows;
    }

    public static double geometricMean(List<Row> rows) {
        return Math.exp(rows.stream()
                .mapToDouble(row -> Math.log(row.ratio()))
                .average()
                .orElse(Double.NaN));
    }

    public static double median(List<Row> rows) {
        double[] sorted = rows.stream().mapToDouble(Row::ratio).sorted().toArray();
        int n = sorted.length;
        return n == 0 ? Double.NaN : n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    public static double worst(List<Row> rows) {
        return Arrays.stream(rows.stream().mapToDouble(Row::ratio).toArray())
                .min()
                .orElse(Double.NaN);
    }
}
