package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.result.ResultException;
import org.vnetp.reports.steps.Step;

class TimelinesTest {
    private static final String STEPS = "nas/cg.A.4/vnetp/10gbit//mops";
    private static final String KERNEL = "nas/ep.A.4/vnetp/10gbit//mops";
    private static final String QUIET = "nas/mg.A.4/vnetp/10gbit//mops";

    @TempDir
    private Path directory;

    private HistoryDirectory history;

    @BeforeEach
    void begin() {
        history = HistoryDirectory.at(directory);
    }

    private Timeline timeline() throws IOException {
        return timeline(history.decisions());
    }

    private Timeline timeline(Decisions decisions) throws IOException {
        return Timelines.read(history, Made.KEY, "nas", decisions, Glob.ALL, 300, 0.03);
    }

    private static Series of(Timeline timeline, String name) {
        return timeline.series().stream()
                .filter(series -> series.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void usual() throws IOException {
        new Made(history)
                .add(
                        60,
                        Map.of(
                                STEPS, i -> i < 40 ? 0.9 : 0.8,
                                KERNEL, i -> i < 33 ? 1 : 1.1,
                                QUIET, i -> i % 7 == 3 ? Double.NaN : 0.95));
    }

    @Test
    void stepsAreToldWithTheirCommitsAndWhatChangedOnTheMachine() throws IOException {
        usual();
        Timeline timeline = timeline();
        assertEquals(List.of(), timeline.troubles());
        assertEquals(List.of(new Timeline.Marker(33, "kernel 6.12.1 -> 6.18.2")), timeline.markers());
        Series steps = of(timeline, STEPS);
        Series.Change change = steps.steps().getFirst();
        assertEquals(1, steps.steps().size());
        assertEquals(Step.Grade.CONFIRMED, change.step().grade());
        assertTrue(change.step().from() <= 39 && change.step().to() >= 40, change.toString());
        assertTrue(change.step().to() - change.step().from() <= 3, change.toString());
        assertEquals(
                Made.commit(change.step().from()).substring(0, 8) + ".."
                        + Made.commit(change.step().to()).substring(0, 8),
                timeline.range(change.step().from(), change.step().to()));
        assertEquals("", HistoryWords.note(change));
        assertEquals(change.step().to(), steps.epoch());
        assertTrue(change.news());
        Series.Change kernel = of(timeline, KERNEL).steps().getFirst();
        assertEquals("coincides with kernel 6.12.1 -> 6.18.2", HistoryWords.note(kernel));
        Series quiet = of(timeline, QUIET);
        assertEquals(List.of(), quiet.steps());
        assertEquals(51, quiet.runs().length);
        assertEquals(
                "nas on " + Made.KEY
                        + ": 1 of 3 series got worse, 1 got better, 1 shows no sure step in the last 50 of 60"
                        + " runs.",
                HistoryWords.verdict(timeline));
    }

    @Test
    void anAcceptedStepIsNoNewsAndBeginsAnEpoch() throws IOException {
        usual();
        Decisions.Decision decision = new Decisions.Decision(
                Glob.of("nas/cg.*"),
                Made.commit(40).substring(0, 10),
                "encryption on by default",
                "2026-10-01T00:00:00Z");
        history.accept(decision);
        assertEquals(
                List.of(decision.at()),
                history.decisions().all().stream().map(Decisions.Decision::at).toList());
        Timeline timeline = timeline();
        Series.Change change = of(timeline, STEPS).steps().getFirst();
        assertFalse(change.news());
        assertEquals("accepted: encryption on by default", HistoryWords.note(change));
        assertTrue(of(timeline, STEPS).epoch() >= 40);
        assertTrue(of(timeline, KERNEL).steps().getFirst().news(), "the pattern does not match it");
        assertTrue(HistoryWords.verdict(timeline).contains("no series got worse"), HistoryWords.verdict(timeline));
    }

    @Test
    void aDecisionOnACommitWithoutARunBeginsWithTheNextRun() throws IOException {
        usual();
        Decisions decisions =
                new Decisions(List.of(new Decisions.Decision(Glob.ALL, "fffffff", "merged by hand", Made.started(20))));
        assertEquals(
                List.of(21),
                of(timeline(decisions), QUIET).epochs().stream()
                        .map(Decisions.Epoch::run)
                        .toList());
    }

    @Test
    void aLineThatIsNoDecisionIsNamed() throws IOException {
        Path file = directory.resolve("decisions.jsonl");
        for (var bad : Map.of(
                        "{\"series\": \"*\"", "2: not a decision: ",
                        "{\"series\": \"*\", \"at\": \"xyz\", \"reason\": \"r\", \"accepted\": \"2026-10-01T00:00:00Z\"}",
                                "2: not a decision: commit 'xyz': expected at least 7 hexadecimal digits",
                        "{\"series\": \"*\", \"at\": \"abcdef01\", \"reason\": \" \", \"accepted\": \"2026-10-01T00:00:00Z\"}",
                                "2: not a decision: no reason",
                        "{\"series\": \"*\", \"reason\": \"x\"}", "2: not a decision: expected text in the field 'at'")
                .entrySet()) {
            Files.writeString(file, "\n" + bad.getKey() + "\n");
            ResultException e = assertThrows(ResultException.class, history::decisions);
            assertTrue(e.getMessage().startsWith(file + ":" + bad.getValue()), e.getMessage());
        }
    }

    @Test
    void aDecisionIsALineOfItsOwnAfterOneThatWasCutOff() throws IOException {
        Path file = directory.resolve("decisions.jsonl");
        Decisions.Decision decision = new Decisions.Decision(Glob.ALL, "abcdef01", "x", "2026-10-01T00:00:00Z");
        history.accept(decision);
        Files.writeString(file, Files.readString(file).stripTrailing());
        history.accept(decision);
        assertEquals(2, history.decisions().all().size());
    }

    @Test
    void runsThatDidNotEndAreGaps() throws IOException {
        Made made = new Made(history);
        for (int i = 0; i < 8; i++) {
            Entry entry = HistoryDirectoryTest.entry(QUIET, i == 4 ? 0.1 : 0.9);
            history.add(made.run(i, i == 4 ? "interrupted" : "complete", false, Map.of(), List.of(entry)));
        }
        Series series = of(timeline(), QUIET);
        assertEquals(7, series.runs().length);
        assertTrue(Double.isNaN(series.values()[4]));
        assertTrue(HistoryTables.span(timeline()).contains("1 that did not come to their end (gaps)"));
    }

    @Test
    void valuesThatAreNoneAndOtherUnitsAreNamedAndLeftOut() throws IOException {
        Made made = new Made(history);
        made.add(0, Map.of(), new Entry(QUIET, "Mop/s", true, 1200, Double.NaN, Double.NaN, 1, List.of()));
        made.add(1, Map.of(), new Entry(QUIET, HistoryRun.OF_NATIVE, true, 0, Double.NaN, Double.NaN, 1, List.of()));
        made.add(2, Map.of(), new Entry(QUIET, HistoryRun.OF_NATIVE, true, -2, Double.NaN, Double.NaN, 1, List.of()));
        made.add(3, Map.of(), HistoryDirectoryTest.entry(QUIET, 0.9));
        Timeline timeline = timeline();
        assertEquals(1, of(timeline, QUIET).runs().length);
        assertEquals(
                List.of(
                        "20260901T060000Z-00000001-nas.json: " + QUIET + " is 0.0; expected more than 0: a gap",
                        "20260901T120000Z-00000002-nas.json: " + QUIET + " is -2.0; expected more than 0: a gap",
                        QUIET + ": 1 run has it in 'Mop/s', the last one in 'of native': left out, they are no part"
                                + " of one series"),
                timeline.troubles());
        made.add(4, Map.of(), new Entry(QUIET, HistoryRun.OF_NATIVE, true, 0, Double.NaN, Double.NaN, 1, List.of()));
        assertEquals(1, of(timeline(), QUIET).runs().length);
        assertEquals(4, timeline().troubles().size());
    }

    @Test
    void seriesAreInTheOrderOfTheirNumbers() throws IOException {
        new Made(history)
                .add(
                        0,
                        Map.of(),
                        HistoryDirectoryTest.entry("nas/cg.A.16/vnetp/1gbit//mops", 1),
                        HistoryDirectoryTest.entry("nas/cg.A.4/vnetp/10gbit//mops", 1),
                        HistoryDirectoryTest.entry("nas/cg.A.4/vnetp/1gbit//mops", 1));
        assertEquals(
                List.of(
                        "nas/cg.A.4/vnetp/1gbit//mops",
                        "nas/cg.A.4/vnetp/10gbit//mops",
                        "nas/cg.A.16/vnetp/1gbit//mops"),
                timeline().series().stream().map(Series::name).toList());
    }
}
