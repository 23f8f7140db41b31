package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.SyntheticResults;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HistoryMainTest {
    private static final String SERIES = "nas/cg.A.4/vnetp/10gbit//mops";

    @TempDir
    private Path directory;

    private String where;

    private record Said(int code, String out, String err) {}

    private Said say(String... words) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream gotOut = new ByteArrayOutputStream();
        ByteArrayOutputStream gotErr = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(gotOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(gotErr, true, StandardCharsets.UTF_8));
            int code = HistoryMain.run(words);
            return new Said(code, gotOut.toString(StandardCharsets.UTF_8), gotErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    @BeforeEach
    void begin() {
        where = directory.resolve("history").toString();
    }

    private void usual() throws IOException {
        new Made(HistoryDirectory.at(Path.of(where)))
                .add(60, Map.of(SERIES, i -> i < 40 ? 0.9 : 0.8, "nas/mg.A.4/vnetp/10gbit//mops", _ -> 0.95));
    }

    @Test
    void aResultIsAddedOnceAndWhatFailedInItIsSaid() throws IOException {
        Path result = SyntheticResults.nas(directory.resolve("nas"));
        Said said = say("add", result.toString(), "--history", where);
        assertEquals(5, said.code(), "cells failed in it");
        assertTrue(said.err().contains("nas sp.W.4 on vxlan at 10 Gbit/s ended as not-on-path: no value"), said.err());
        assertTrue(said.out().contains("-01234567-nas.json: "), said.out());
        Said again = say("add", result.toString(), "--history", where);
        assertEquals(2, again.code());
        assertTrue(again.err().contains("is in the history already"), again.err());
        Path micro = SyntheticResults.micro(directory.resolve("micro"));
        assertEquals(0, say("add", micro.toString(), "--history", where).code());
        Said shown = say("show", "--history", where, "--series", "micro/*");
        assertTrue(shown.out().contains("VnetCodecBenchmark.encapsulate"), shown.out());
    }

    @Test
    void whatIsNoResultIsRefused() throws IOException {
        Said none = say("add", directory.resolve("none").toString(), "--history", where);
        assertEquals(2, none.code());
        assertTrue(none.err().contains("no such directory; expected one that holds run.json"), none.err());
        Path cut = SyntheticResults.micro(directory.resolve("cut"));
        String json = Files.readString(cut.resolve("jmh.json"));
        Files.writeString(cut.resolve("jmh.json"), json.substring(0, json.length() / 2));
        assertEquals(2, say("add", cut.toString(), "--history", where).code());
        Files.writeString(cut.resolve("jmh.json"), "[]");
        Said empty = say("add", cut.toString(), "--history", where);
        assertEquals(2, empty.code());
        assertEquals("vnetp history: " + cut + ": no value of any series: nothing to add\n", empty.err());
        assertFalse(Files.exists(Path.of(where)), "nothing was made");
    }

    @Test
    void showTellsStepsFirst() throws IOException {
        usual();
        Said said = say("show", "--history", where);
        assertEquals(0, said.code(), said.err());
        assertTrue(
                said.out()
                        .startsWith(
                                "nas on " + Made.KEY + ": 1 of 2 series got worse, 0 got better, 1 shows no sure step"),
                said.out());
        assertTrue(said.out().indexOf("confirmed") < said.out().indexOf("mg.A.4"), said.out());
        assertTrue(said.out().contains("kernel 6.12.1 -> 6.18.2"), said.out());
        assertFalse(said.out().contains("NaN"));
    }

    @Test
    void showAsJsonIsWhole() throws IOException {
        usual();
        Said said = say("show", "--history", where, "--json");
        JsonNode node = new JsonMapper().readTree(said.out()).path("timelines").path(0);
        assertEquals(60, node.path("runs").size());
        JsonNode series = node.path("series").path(0);
        assertEquals(SERIES, series.path("series").asString());
        assertEquals(60, series.path("points").size());
        assertEquals("confirmed", series.path("steps").path(0).path("grade").asString());
        assertEquals(-0.111, series.path("steps").path(0).path("gain").asDouble(), 0.02);
        assertFalse(said.out().contains("NaN"));
    }

    @Test
    void nothingToLookAtIsNeverGood() throws IOException {
        Said none = say("show", "--history", where);
        assertEquals(2, none.code());
        assertTrue(none.err().contains("no history here"), none.err());
        Files.createDirectories(Path.of(where));
        Said empty = say("show", "--history", where);
        assertEquals(5, empty.code());
        assertEquals("vnetp history: nothing to look at: no run\n", empty.err());
        usual();
        Said unmatched = say("show", "--history", where, "--series", "nas/xx*");
        assertEquals(5, unmatched.code());
        assertTrue(unmatched.err().contains("no series matches 'nas/xx*' in 60 runs"), unmatched.err());
        assertEquals(5, say("show", "--history", where, "--machine", "other").code());
        Files.writeString(Path.of(where, Made.KEY, "20261001T000000Z-01234567-nas.json"), "{");
        Said cut = say("show", "--history", where);
        assertEquals(5, cut.code());
        assertTrue(cut.err().contains("20261001T000000Z-01234567-nas.json:1: not a run of the history"), cut.err());
        assertTrue(cut.out().contains("1 of 2 series got worse"), "the rest is told");
    }

    /// Seven values cannot have four on either side of a step: no step found there says nothing.
    @Test
    void tooFewRunsToTellAreNotGood() throws IOException {
        Made made = new Made(HistoryDirectory.at(Path.of(where)));
        made.add(7, Map.of(SERIES, i -> i < 4 ? 0.9 : 0.7));
        Path file = directory.resolve("page.html");
        for (List<String> words : List.of(List.of("show"), List.of("page", "--out", file.toString()))) {
            List<String> all = new ArrayList<>(words);
            all.addAll(List.of("--history", where));
            Said few = say(all.toArray(String[]::new));
            assertEquals(5, few.code(), few.out());
            assertEquals(
                    "vnetp history: too few runs to tell: no series has 8 values, 4 on either side of a step\n",
                    few.err());
            assertTrue(few.out().contains("too few runs to tell: none of 1 series has 8 values."), few.out());
            assertFalse(few.out().contains("no series got worse"), few.out());
        }
        assertTrue(Files.readString(file).contains("too few runs to tell"));
        made.add(
                7,
                Map.of(),
                new HistoryRun.Entry(SERIES, HistoryRun.OF_NATIVE, true, 0.7, 0.69, 0.71, 8, List.of(0.7)));
        assertEquals(0, say("show", "--history", where).code());
    }

    @Test
    void anAcceptedStepIsGreyAndItsReasonStandsBesideIt() throws IOException {
        usual();
        Said said = say(
                "accept",
                "nas/cg.*",
                "--at",
                Made.commit(40).substring(0, 9),
                "--reason",
                "wanted",
                "--history",
                where);
        assertEquals(0, said.code(), said.err());
        assertEquals("1 series begin a new epoch at " + Made.commit(40).substring(0, 9) + "\n", said.out());
        Said shown = say("show", "--history", where);
        assertTrue(shown.out().contains("no series got worse"), shown.out());
        assertTrue(shown.out().contains("accepted: wanted"), shown.out());
        assertEquals(
                2,
                say("accept", "nas/zz*", "--at", "abcdef01", "--reason", "x", "--history", where)
                        .code());
        assertEquals(
                2,
                say("accept", "nas/*", "--at", "HEAD", "--reason", "x", "--history", where)
                        .code());
        assertEquals(
                2,
                say("accept", "nas/*", "--at", "abcdef01", "--reason", " ", "--history", where)
                        .code());
        assertEquals(
                2,
                say("accept", "nas/*", "--at", "abcdef01", "--history", where).code());
    }

    @Test
    void thePageIsWholeInItself() throws IOException {
        usual();
        Path file = directory.resolve("page.html");
        Said said = say(
                "page",
                "--history",
                where,
                "--out",
                file.toString(),
                "--note",
                "made-up <values>",
                "--repository",
                "https://example.org/o/r");
        assertEquals(0, said.code(), said.err());
        String page = Files.readString(file);
        assertTrue(page.contains("made-up &lt;values&gt;"));
        assertTrue(page.contains("1 of 2 series got worse"));
        assertEquals(2, page.split("<svg ", -1).length - 1);
        assertTrue(page.indexOf("data-text=\"nas/cg.a.4") < page.indexOf("data-text=\"nas/mg.a.4"), "worst first");
        assertTrue(
                page.contains(
                        "https://example.org/o/r/compare/" + Made.commit(39).substring(0, 7)),
                "a link");
        assertTrue(page.contains("class=\"step worse\""));
        assertTrue(page.contains("class=\"marker\"><title>kernel 6.12.1 -&gt; 6.18.2"));
        assertTrue(page.contains("class=\"native\""));
        assertFalse(page.contains("NaN"));
        for (String outside : List.of("src=", "@import", "url(", "<link")) {
            assertFalse(page.contains(outside), outside);
        }
        assertEquals(
                2,
                say("page", "--history", where, "--out", file.toString(), "--repository", "javascript:x")
                        .code());
    }

    @Test
    void wrongUseIsTwo() {
        assertEquals(2, say().code());
        assertEquals(2, say("add").code());
        assertEquals(2, say("show", "--nothing").code());
        assertEquals(2, say("show", "--history", where, "--last", "0").code());
        assertEquals(0, say("--help").code());
        assertEquals(0, say("accept", "--help").code());
    }
}
