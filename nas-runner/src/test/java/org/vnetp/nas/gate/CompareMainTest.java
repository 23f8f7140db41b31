package org.vnetp.nas.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.reports.gate.Gate;
import org.vnetp.reports.gate.Rules;
import org.vnetp.reports.gate.Side;
import org.vnetp.reports.history.HistoryDirectory;
import org.vnetp.reports.history.HistoryRun;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.RunInfo;

class CompareMainTest {
    @TempDir
    Path dir;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(Object... words) {
        out.reset();
        err.reset();
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) {
            args[i] = words[i].toString();
        }
        return CompareMain.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path result(String name, double vnetp, double deviation) throws IOException {
        return result(name, vnetp, deviation, 1, "2");
    }

    private Path result(String name, double vnetp, double deviation, int day, String processors) throws IOException {
        Random random = new Random(name.hashCode());
        Path at = dir.resolve(name);
        Environment where = new Environment(Map.of("cpu.model", "T", "cpu.processors", processors));
        String started = String.format(Locale.ROOT, "2026-01-%02dT00:00:00Z", day);
        RunInfo info = RunInfo.builder(name, "nas", started, where).build();
        try (ResultDirectory results = ResultDirectory.create(at, info)) {
            for (String kernel : new String[] {"cg.A.2", "is.A.2", "mg.A.2", "ep.A.2"}) {
                for (int block = 0; block < 12; block++) {
                    double machine = 1000 * Math.exp(0.5 * random.nextGaussian());
                    for (String fabric : new String[] {"native", "native-again", "vnetp"}) {
                        double factor = fabric.equals("vnetp") ? vnetp : 1;
                        results.append(new Run("nas", kernel, fabric, "10gbit", Params.NONE, block, 0)
                                .launch(block / 6)
                                .value(Metrics.MOPS, machine * factor * Math.exp(deviation * random.nextGaussian())));
                    }
                }
            }
            results.update(results.info().withState("complete", started));
        }
        return at;
    }

    @Test
    void twoResultsAreComparedAndTheExitCodeSaysHow() throws IOException {
        Path base = result("base", 0.8, 0.005);
        assertEquals(0, run(base, result("same", 0.8, 0.005)), this::out);
        assertTrue(out().startsWith("Nothing is slower by 3.0 % or more"), this::out);
        assertEquals(1, run(base, result("slower", 0.7, 0.005)), this::out);
        assertTrue(out().startsWith("Slower: "), this::out);
        assertTrue(out().contains("geometric-mean vnetp 10gbit"), this::out);
        assertEquals(0, run(base, result("faster", 0.9, 0.005)), this::out);
        assertEquals(5, run(base, result("rough", 0.8, 0.2)), this::out);
        assertEquals(0, run(base, dir.resolve("rough"), "--inconclusive", "pass"));
        assertEquals(1, run(base, dir.resolve("rough"), "--inconclusive", "fail"));
        assertEquals(0, run(base, dir.resolve("slower"), "--threshold", "40"), this::out);
        assertEquals(5, run(base, dir.resolve("slower"), "--gate", "nothing/*"), this::out);
        assertTrue(out().startsWith("Nothing was compared"), this::out);
        assertFalse(out().contains("NaN"), this::out);
    }

    @Test
    void aResultIsComparedWithTheHistoryOfItsMachine() throws IOException {
        Path history = dir.resolve("history");
        HistoryDirectory store = HistoryDirectory.at(history);
        for (int day = 1; day <= 8; day++) {
            store.add(HistoryRun.of(ResultDirectory.read(result("run" + day, 0.8, 0.005, day, "2"))));
            if (day == 3) {
                assertEquals(5, run("--history", history, result("early", 0.6, 0.005, 20, "2")), this::out);
                assertTrue(out().contains("expected at least 5"), this::out);
            }
        }
        assertEquals(1, run("--history", history, result("slower", 0.7, 0.005, 21, "2")), this::out);
        assertTrue(out().startsWith("Slower: "), this::out);
        assertTrue(out().contains("Baseline: runs 8: "), this::out);
        assertEquals(0, run("--history", history, result("same", 0.8, 0.005, 22, "2")), this::out);
        assertEquals(5, run("--history", history, result("stranger", 0.7, 0.005, 23, "4")), this::out);
        assertTrue(out().contains("No baseline: no run of suite nas on the machine"), this::out);
        assertFalse(out().contains("NaN"), this::out);
    }

    @Test
    void everyFormatIsWritten() throws IOException {
        Path base = result("base", 0.8, 0.005);
        Path slower = result("slower", 0.7, 0.005);
        for (String kind : Outputs.KINDS.split(", ")) {
            Path file = dir.resolve("as-" + kind);
            assertEquals(1, run(base, slower, "--write", kind + "=" + file), this::err);
            String text = Files.readString(file);
            assertEquals(
                    Outputs.text(kind, Gate.compare(Side.read(base), Side.read(slower), Rules.usual())), text, kind);
            assertFalse(text.contains("NaN"), text);
        }
        assertEquals(1, run(base, slower, "--json"));
        assertTrue(out().contains("\"verdict\" : \"regressed\""), this::out);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | expected a base and a head result, got 0 paths",
                "BASE | expected a base and a head result, got 1 path",
                "BASE nowhere | nowhere",
                "BASE BASE --threshold 0 | threshold 0.0 %: expected more than 0 and less than 100",
                "BASE BASE --inconclusive maybe | --inconclusive 'maybe': expected pass or fail",
                "BASE BASE --write pdf=x | --write 'pdf': expected one of junit",
                "BASE BASE --aliases ALIASES | ALIASES:2: expected OLD -> NEW, got 'a b'",
                "--interleaved one | --interleaved: expected two revisions",
                "--interleaved --against x | give one",
                "--against x y | got also 'y'",
                "--interleaved --rounds 4 | --rounds '4': expected N,M",
                "--interleaved --fabric what | fabric: expected native",
                "--history nowhere BASE | no history here",
                "--history BASE | --history compares one result with the history, got 0",
                "--self-check | --self-check resamples one result, got 0",
            })
    void wrongUseIsNamed(String words, String said) throws IOException {
        Path base = result("base", 0.8, 0.005);
        Path aliases = Files.writeString(dir.resolve("aliases"), "old -> new\na b\n");
        String[] args = words.replace("BASE", base.toString())
                .replace("ALIASES", aliases.toString())
                .strip()
                .split(" +");
        int code = words.isEmpty() ? run() : run((Object[]) args);
        assertEquals(2, code, () -> out() + err());
        assertTrue(err().contains(said.replace("ALIASES", aliases.toString())), this::err);
        assertEquals(1, err().lines().count(), this::err);
    }

    @Test
    void actionsGetAnnotationsASummaryAndAnOutput() throws IOException {
        Path output = dir.resolve("output");
        Path summary = dir.resolve("summary");
        GithubActions actions = new GithubActions(
                Map.of(
                        "GITHUB_ACTIONS",
                        "true",
                        "GITHUB_OUTPUT",
                        output.toString(),
                        "GITHUB_STEP_SUMMARY",
                        summary.toString()),
                new PrintStream(out, true, StandardCharsets.UTF_8));
        actions.tell(Gate.compare(
                Side.read(result("base", 0.8, 0.005)), Side.read(result("slower", 0.7, 0.005)), Rules.usual()));
        assertEquals("verdict=regressed\n", Files.readString(output));
        assertTrue(Files.readString(summary).contains("| regressed |"), Files.readString(summary));
        assertTrue(out().startsWith("::error title=vnetp compare%2C "), this::out);
    }
}
