package org.vnetp.reports.result;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/// `observations.csv`: RFC 4180 with line feeds, one observation a line, header fixed for a schema version.
///
/// Files of earlier versions lack the last two columns (`launch`, `at_s`). They are read, but not continued.
final class ObservationFile {
    static final List<String> HEADER = List.of(
            "suite",
            "benchmark",
            "fabric",
            "link",
            "params",
            "metric",
            "unit",
            "value",
            "block",
            "repetition",
            "status",
            "reason",
            "launch",
            "at_s");
    /// Of files written before launches were recorded.
    private static final List<String> EARLIER_HEADER = HEADER.subList(0, 12);
    private static final CSVFormat FORMAT =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

    private ObservationFile() {}

    static byte[] header() throws IOException {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
            printer.printRecord(HEADER);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] encode(List<Observation> rows) throws IOException {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
            for (Observation o : rows) {
                printer.printRecord(
                        o.suite(),
                        o.benchmark(),
                        o.fabric(),
                        o.link(),
                        o.params(),
                        o.metric(),
                        o.unit(),
                        Double.isNaN(o.value()) ? "" : Double.toString(o.value()),
                        o.block(),
                        o.repetition(),
                        o.status().text(),
                        o.reason(),
                        o.launch() == Observation.OWN_LAUNCH ? "" : Integer.toString(o.launch()),
                        Double.isNaN(o.atSeconds()) ? "" : Double.toString(o.atSeconds()));
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// What a file holds; `wholeBytes` is its length without a cut-off last line, `current` whether its columns are
    /// those that are written today.
    record Content(List<Observation> observations, int cutOffLines, long wholeBytes, boolean current) {}

    static Content read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new ResultException(file, "missing; a result directory holds run.json and observations.csv", e);
        }
        int whole = bytes.length;
        while (whole > 0 && bytes[whole - 1] != '\n') {
            whole--; // no field holds a line feed, so a line without one at its end was cut off
        }
        if (whole == 0) {
            throw new ResultException(file, 1, "expected the header " + String.join(",", HEADER) + ", found nothing");
        }
        List<Observation> observations = new ArrayList<>();
        List<String> columns = HEADER;
        int line = 0;
        int start = 0;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] == '\n') {
                line++;
                String text = text(file, line, Arrays.copyOfRange(bytes, start, i));
                start = i + 1;
                List<String> fields = fields(file, line, text);
                if (line > 1) {
                    observations.add(observation(file, line, fields, columns.size()));
                } else if (fields.equals(EARLIER_HEADER)) {
                    columns = EARLIER_HEADER;
                } else if (!fields.equals(HEADER)) {
                    throw new ResultException(
                            file, line, "expected the header " + String.join(",", HEADER) + ", found " + text);
                }
            }
        }
        return new Content(List.copyOf(observations), whole == bytes.length ? 0 : 1, whole, columns == HEADER);
    }

    private static String text(Path file, int line, byte[] bytes) throws ResultException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ResultException(file, line, "not UTF-8");
        }
    }

    private static List<String> fields(Path file, int line, String text) throws ResultException {
        try (var parser = FORMAT.parse(new StringReader(text))) {
            List<CSVRecord> records = parser.getRecords();
            if (records.size() == 1) {
                return records.getFirst().toList();
            }
        } catch (IOException | RuntimeException e) {
            throw new ResultException(file, line, "not CSV: " + e.getMessage());
        }
        throw new ResultException(file, line, "expected " + HEADER.size() + " fields, found an empty line");
    }

    private static Observation observation(Path file, int line, List<String> f, int columns) throws ResultException {
        if (f.size() != columns) {
            throw new ResultException(file, line, "expected " + columns + " fields, found " + f.size());
        }
        try {
            Params.parse(f.get(4));
            double value = value(f.get(7));
            Status status = Status.of(f.get(10));
            String reason = f.get(11);
            Optional<String> objection = Metrics.named(f.get(5), f.get(6)).objection(value);
            if (objection.isPresent()) { // written by another program, or by a version that did not look
                value = Double.NaN;
                reason = status == Status.OK ? objection.get() : reason;
                status = status == Status.OK ? Status.FAILED : status;
            }
            return new Observation(
                    f.get(0),
                    f.get(1),
                    f.get(2),
                    f.get(3),
                    f.get(4),
                    f.get(5),
                    f.get(6),
                    value,
                    count("block", f.get(8)),
                    count("repetition", f.get(9)),
                    status,
                    reason,
                    columns < HEADER.size() || f.get(12).isEmpty()
                            ? Observation.OWN_LAUNCH
                            : count("launch", f.get(12)),
                    columns < HEADER.size() ? Double.NaN : value(f.get(13)));
        } catch (IllegalArgumentException e) {
            throw new ResultException(file, line, e.getMessage());
        }
    }

    private static double value(String text) {
        if (text.isEmpty()) {
            return Double.NaN;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("value '" + text + "': expected a number or nothing", e);
        }
    }

    private static int count(String what, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(what + " '" + text + "': expected a whole number", e);
        }
    }
}
