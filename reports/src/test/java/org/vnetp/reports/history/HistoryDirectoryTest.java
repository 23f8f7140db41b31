package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.result.ResultException;

class HistoryDirectoryTest {
    static final String KEY = "example-2p-8gib-0a1b2c3d";

    @TempDir
    private Path directory;

    static HistoryRun run(String started, String commit, Entry... entries) {
        return new HistoryRun(
                1,
                KEY,
                Map.of("cpu.model", "Example"),
                Map.of("kernel", "6.1.0"),
                "nas",
                started,
                commit,
                false,
                "complete",
                List.of(entries));
    }

    static Entry entry(String series, double value) {
        return new Entry(series, HistoryRun.OF_NATIVE, true, value, value - 0.01, value + 0.01, 8, List.of(value));
    }

    private static final HistoryRun ONE = run(
            "2026-11-27T02:56:00.123Z",
            "0123456789abcdef0123456789abcdef01234567",
            entry("nas/cg.A.4/vnetp/10gbit//mops", 0.9731),
            new Entry(
                    "nas/cg.A.4/native/10gbit//mops",
                    "Mop/s",
                    true,
                    1234.5678901,
                    Double.NaN,
                    Double.NaN,
                    8,
                    List.of(1230.0, 1239.25)));

    @Test
    void whatWasAddedIsReadAgain() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory.resolve("history"));
        Path file = history.add(ONE);
        assertEquals(directory.resolve("history/" + KEY + "/20261127T025600Z-01234567-nas.json"), file);
        assertEquals(List.of(KEY), history.machineKeys());
        assertEquals(List.of("nas"), history.suites(KEY));
        HistoryDirectory.Reading reading = history.runs(KEY, "nas", 100);
        assertEquals(List.of(), reading.troubles());
        HistoryRun read = reading.runs().getFirst();
        assertEquals(ONE.machine(), read.machine());
        assertEquals(ONE.soft(), read.soft());
        assertEquals(ONE.started(), read.started());
        assertEquals(ONE.commit(), read.commit());
        assertEquals(ONE.entries().getFirst(), read.entries().getFirst());
        assertEquals(1234.568, read.entries().get(1).value(), "seven digits");
        assertEquals(List.of(1230.0, 1239.25), read.entries().get(1).launches());
        assertTrue(Double.isNaN(read.entries().get(1).low()));
        assertFalse(Files.readString(file).contains("NaN"));
        try (var files = Files.list(file.getParent())) {
            assertEquals(List.of(file), files.toList(), "nothing stays beside it");
        }
    }

    @Test
    void aRunIsAddedOnceAndNeverChanged() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        Path file = history.add(ONE);
        byte[] before = Files.readAllBytes(file);
        HistoryRun other = run(ONE.started(), ONE.commit(), entry("nas/x/vnetp/none//mops", 1));
        ResultException e = assertThrows(ResultException.class, () -> history.add(other));
        assertEquals(file + ": is in the history already; a run is added once", e.getMessage());
        assertEquals(new String(before), Files.readString(file));
    }

    @Test
    void onlyTheLastRunsOfTheSuiteAreOpened() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        for (int i = 10; i < 30; i++) {
            history.add(run("2026-11-" + i + "T00:00:00Z", "abcdef0" + i, entry("nas/x/vnetp/none//mops", i)));
        }
        Path old = directory.resolve(KEY).resolve("20261110T000000Z-abcdef01-nas.json");
        Files.writeString(old, "would be a trouble, if it were read");
        HistoryDirectory.Reading reading = history.runs(KEY, "nas", 3);
        assertEquals(List.of(), reading.troubles());
        assertEquals(17, reading.older());
        assertEquals(
                List.of(27.0, 28.0, 29.0),
                reading.runs().stream()
                        .map(run -> run.entries().getFirst().value())
                        .toList());
        assertEquals(1, history.runs(KEY, "nas", 20).troubles().size());
        assertEquals(List.of(), history.runs(KEY, "micro", 3).runs());
        assertEquals(List.of(), history.runs("other-machine", "nas", 3).runs());
    }

    @Test
    void everyBadFileIsNamedWithWhatWasExpected() throws IOException {
        HistoryDirectory history = HistoryDirectory.at(directory);
        Path room = history.add(ONE).getParent();
        String good = Files.readString(room.resolve(ONE.fileName()));
        Map<String, String> bad = Map.of(
                "20261101T000000Z-01234567-nas.json",
                "",
                "20261102T000000Z-01234567-nas.json",
                good.substring(0, good.length() / 2),
                "20261103T000000Z-01234567-nas.json",
                "[{\"benchmark\": \"x\"}]",
                "20261104T000000Z-01234567-nas.json",
                "{\"schema\": 2}",
                "20261105T000000Z-01234567-nas.json",
                good.replace("0.9731", "\"NaN\""),
                "20261106T000000Z-01234567-nas.json",
                good.replace("native/10gbit", "vnetp/10gbit"),
                "20261107T000000Z-01234567-nas.json",
                good.replace(KEY, "another-4p-1b2c3d4e"),
                "20261108T000000Z-01234567-nas.json",
                good,
                "notes.txt",
                "hello");
        Map<String, String> expected = Map.of(
                "20261101T000000Z-01234567-nas.json", "empty; expected a run of the history",
                "20261102T000000Z-01234567-nas.json", "not a run of the history: Unexpected end-of-input",
                "20261103T000000Z-01234567-nas.json", "a run: expected an object",
                "20261104T000000Z-01234567-nas.json", "schema 2; this version reads schema 1",
                "20261105T000000Z-01234567-nas.json", "value: expected a number",
                "20261106T000000Z-01234567-nas.json", "series 'nas/cg.A.4/vnetp/10gbit//mops' twice in one run",
                "20261107T000000Z-01234567-nas.json",
                        "a run of the machine another-4p-1b2c3d4e in the directory of " + KEY,
                "20261108T000000Z-01234567-nas.json",
                        "holds the run 20261127T025600Z-01234567-nas.json: copied or renamed",
                "notes.txt", "not the name of a run; expected STARTED-SHA8-SUITE.json");
        for (var file : bad.entrySet()) {
            Files.writeString(room.resolve(file.getKey()), file.getValue());
        }
        HistoryDirectory.Reading reading = history.runs(KEY, "nas", 100);
        assertEquals(1, reading.runs().size());
        assertEquals(bad.size(), reading.troubles().size(), reading.troubles().toString());
        List<String> unsaid = new ArrayList<>();
        expected.forEach((file, text) -> {
            if (reading.troubles().stream().noneMatch(t -> t.contains("/" + file) && t.contains(text))) {
                unsaid.add(file + ": " + text);
            }
        });
        assertEquals(List.of(), unsaid, String.join("\n", reading.troubles()));
    }

    @Test
    void whatIsNoNumberIsNeverAnEntry() {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> entry("nas/x/vnetp/none//mops", value));
            assertEquals("series 'nas/x/vnetp/none//mops': value " + value + ", expected a number", e.getMessage());
        }
    }

    @Test
    void namesOfSeriesSurviveSlashesAndPercentSigns() {
        SeriesName name = new SeriesName("macro", "a/b", "vnetp", "10gbit", "size=50%;p=%2F", "rtt_p50_ns");
        assertEquals("macro/a%2Fb/vnetp/10gbit/size=50%25;p=%252F/rtt_p50_ns", name.text());
        assertEquals(name, SeriesName.parse(name.text()));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> SeriesName.parse("nas/cg.A.4/vnetp"));
        assertEquals("series 'nas/cg.A.4/vnetp': expected suite/benchmark/fabric/link/params/metric", e.getMessage());
    }
}
