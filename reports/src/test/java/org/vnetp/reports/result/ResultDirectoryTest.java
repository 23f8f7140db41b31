package org.vnetp.reports.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultDirectoryTest {
    @TempDir
    Path temp;

    private RunInfo info() {
        return RunInfo.builder(
                        "r1",
                        "nas",
                        "2026-11-23T06:00:00Z",
                        new Environment(Map.of("cpu.model", "Test CPU", "git.commit", "abc", "git.dirty", "true")))
                .command(List.of("./vnetp", "nas", "--quick"))
                .seed(7)
                .setting("blocks", 3)
                .fabric("vnetp", "vnet encapsulation, MTU 1458")
                .build();
    }

    private static Run run(int block) {
        return new Run("nas", "cg.A.4", "vnetp", "10gbit", Params.of("mpi", "openmpi"), block, 0)
                .value(Metrics.MOPS, 100.5 + block)
                .value(Metrics.TIME, Double.NaN);
    }

    @Test
    void readsBackWhatWasAppended() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
            out.append(run(1).ended(Status.FAILED, "said \"no\", then\nstopped"));
        }
        Results results = ResultDirectory.read(directory);
        assertEquals(info(), results.info());
        assertTrue(results.info().gitDirty());
        assertEquals(4, results.observations().size());
        assertEquals(run(0).observations(), results.observations().subList(0, 2));
        assertEquals("said \"no\", then stopped", results.observations().get(2).reason());
        assertFalse(results.observations().get(2).usable());
        assertEquals(0, results.cutOffLines());
    }

    @Test
    void keepsHeaderOfSchemaOne() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
        }
        assertEquals("""
                suite,benchmark,fabric,link,params,metric,unit,value,block,repetition,status,reason,launch,at_s
                nas,cg.A.4,vnetp,10gbit,mpi=openmpi,mops,Mop/s,100.5,0,0,ok,,,
                nas,cg.A.4,vnetp,10gbit,mpi=openmpi,time_s,s,,0,0,ok,,,
                """, Files.readString(directory.resolve("observations.csv")));
    }

    @Test
    void keepsLaunchAndTimeOfRuns() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0).launch(3).at(12.25));
            out.append(run(1));
        }
        List<Observation> rows = ResultDirectory.read(directory).observations();
        assertEquals(3, rows.getFirst().launch());
        assertEquals(12.25, rows.getFirst().atSeconds());
        assertEquals(Observation.OWN_LAUNCH, rows.getLast().launch());
        assertTrue(Double.isNaN(rows.getLast().atSeconds()));
    }

    @Test
    void readsFilesFromBeforeLaunchesButDoesNotContinueThem() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
        }
        Path file = directory.resolve("observations.csv");
        Files.writeString(
                file, Files.readString(file).replace(",launch,at_s\n", "\n").replace(",,,\n", ",\n"));
        assertEquals(run(0).observations(), ResultDirectory.read(directory).observations());
        String message = assertThrows(ResultException.class, () -> ResultDirectory.resume(directory))
                .getMessage();
        assertTrue(message.contains("earlier version"), message);
    }

    @Test
    void leavesOutCutOffLastLineAndCountsIt() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
        }
        Path file = directory.resolve("observations.csv");
        Files.writeString(file, "nas,cg.A.4,vnetp,10gb", StandardOpenOption.APPEND);
        Results results = ResultDirectory.read(directory);
        assertEquals(2, results.observations().size());
        assertEquals(1, results.cutOffLines());
        try (ResultDirectory again = ResultDirectory.resume(directory)) {
            assertEquals(2, again.earlier().size());
            again.append(run(1));
        }
        Results more = ResultDirectory.read(directory);
        assertEquals(4, more.observations().size());
        assertEquals(0, more.cutOffLines());
    }

    @Test
    void namesFileAndLineOfWhatItCannotRead() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
        }
        Path file = directory.resolve("observations.csv");
        String good = Files.readString(file);
        assertSays(directory, file, good.replace(",100.5,", ",fast,"), ":2: value 'fast': expected a number");
        assertSays(directory, file, good.replace(",ok,,,\nnas", ",fine,,,\nnas"), ":2: status 'fine'");
        assertSays(directory, file, good + "a,b\n", ":4: expected 14 fields, found 2");
        assertSays(directory, file, good + "\n", ":4: expected 14 fields, found an empty line");
        assertSays(directory, file, good + "\"x\"y,z\n", ":4: not CSV");
        assertSays(directory, file, "a,b\n", ":1: expected the header");
        assertSays(directory, file, "", ":1: expected the header");
        Files.delete(file);
        assertSays(directory, file, null, "missing");
        Path json = directory.resolve("run.json");
        assertSays(directory, json, "{\n\"schema\": 99}", "schema 99; this version reads schema 1");
        assertSays(directory, json, "{\n\"schema\": 1,\n oops}", "run.json:3:");
        assertSays(directory, json, "{\"schema\": 1, \"shoe\": 2}", "shoe");
        assertSays(temp.resolve("nowhere"), json, null, "no such directory");
    }

    private static void assertSays(Path directory, Path file, String content, String words) throws Exception {
        if (content != null) {
            Files.writeString(file, content);
        }
        String message = assertThrows(ResultException.class, () -> ResultDirectory.read(directory))
                .getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void refusesSecondWriterAndSecondStart() throws Exception {
        Path directory = temp.resolve("r");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
            assertThrows(ResultException.class, () -> ResultDirectory.resume(directory));
            assertThrows(ResultException.class, () -> ResultDirectory.create(directory, info()));
            assertThrows(IllegalArgumentException.class, () -> out.raw("../x"));
        }
        assertEquals(2, ResultDirectory.read(directory).observations().size());
    }

    @Test
    void recordsRunWithoutValues() {
        List<Observation> rows = new Run("nas", "cg.A.4", "vnetp", "none", Params.NONE, 2, 0)
                .ended(Status.SKIPPED, "no memory")
                .observations();
        assertEquals(1, rows.size());
        assertEquals(Status.SKIPPED, rows.getFirst().status());
    }

    @Test
    void tellsThisMachineWithoutSecrets() {
        Map<String, String> facts = Environment.collect(Path.of("."))
                .with("mpi.version", "Open MPI\n4.1.4")
                .facts();
        assertEquals("Open MPI 4.1.4", facts.get("mpi.version"));
        assertTrue(facts.containsKey("kernel.version"), facts.toString());
        assertTrue(Integer.parseInt(facts.get("cpu.processors")) >= 1);
        assertTrue(facts.get("jdk.version").startsWith("25")
                || Integer.parseInt(facts.get("jdk.version").split("[.+]")[0]) > 25);
        assertFalse(facts.toString().contains(System.getProperty("user.home") + "/"), facts.toString());
    }

    @Test
    void valuesThatCannotBeFailTheirRunAndAreNotKept() throws Exception {
        Run none = new Run("macro", "tcp", "vnetp", "none", Params.NONE, 0, 0).value(Metrics.THROUGHPUT, 0);
        assertEquals(Status.FAILED, none.status());
        assertEquals("throughput is 0 bit/s; expected more than 0: nothing was measured", none.reason());
        assertTrue(Double.isNaN(none.observations().getFirst().value()));
        for (double value : new double[] {-1, Double.POSITIVE_INFINITY, 1e300}) {
            Run run = new Run("macro", "tcp", "vnetp", "none", Params.NONE, 0, 0).value(Metrics.RTT_P50, value);
            assertEquals(Status.FAILED, run.status(), "RTT of " + value);
        }
        assertEquals(
                Status.OK,
                new Run("macro", "tcp", "vnetp", "none", Params.NONE, 0, 0)
                        .value(Metrics.LOSSES, 0)
                        .value(Metrics.TIME, 0)
                        .value(Metrics.MOPS, Double.NaN)
                        .status());
        Path directory = temp.resolve("foreign");
        try (ResultDirectory out = ResultDirectory.create(directory, info())) {
            out.append(run(0));
        }
        Path file = directory.resolve("observations.csv");
        Files.writeString(file, Files.readString(file).replace(",100.5,", ",1e308,"));
        Observation row = ResultDirectory.read(directory).observations().getFirst();
        assertEquals(Status.FAILED, row.status());
        assertTrue(row.reason().contains("Mop/s is 1.0E308"), row.reason());
    }
}
