package org.vnetp.reports.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.SyntheticResults;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.result.Environment;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Results;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.stats.Study;

class ExtractTest {
    @TempDir
    private Path directory;

    private static Map<String, Entry> bySeries(HistoryRun run) {
        return run.entries().stream().collect(Collectors.toMap(Entry::series, entry -> entry));
    }

    @Test
    void aRunOfNasGivesRatiosToNativeTheirMeansAndNativesOwnRates() throws IOException {
        Results results = ResultDirectory.read(SyntheticResults.nas(directory.resolve("nas")));
        HistoryRun run = HistoryRun.of(results);
        assertEquals("nas", run.suite());
        assertEquals("20261123T060000Z-01234567-nas.json", run.fileName());
        assertEquals(Map.of("kernel", "6.1.0", "jdk", "25.0.3+9", "mpi", "Open MPI 4.1.4"), run.soft());
        Map<String, Entry> entries = bySeries(run);
        Study study = new Study(results.observations(), "nas");
        Study.Cell cell = new Study.Cell("cg.A.4", "", "10gbit");
        PairedRatio ratio = study.ratio(cell, "vnetp", "native", Metrics.MOPS).orElseThrow();
        Entry vnetp = entries.get("nas/cg.A.4/vnetp/10gbit//mops");
        assertEquals(HistoryRun.OF_NATIVE, vnetp.unit());
        assertTrue(vnetp.moreIsBetter());
        assertEquals(ratio.estimate(), vnetp.value());
        assertEquals(ratio.low(), vnetp.low());
        assertEquals(8, vnetp.blocks());
        assertEquals(2, vnetp.launches().size(), "8 blocks in 2 launches");
        assertEquals(vnetp.value(), (vnetp.launches().get(0) + vnetp.launches().get(1)) / 2, 0.01);
        Entry own = entries.get("nas/cg.A.4/native/10gbit//mops");
        assertEquals("Mop/s", own.unit());
        assertEquals(study.median(cell, "native", "mops"), own.value());
        List<Entry> means = run.entries().stream()
                .filter(entry -> entry.series().startsWith("nas/geometric-mean/vnetp/10gbit/cells="))
                .toList();
        assertEquals(1, means.size());
        assertEquals(
                study.summary("10gbit", "vnetp", "native", Metrics.MOPS).geometricMean(),
                means.getFirst().value());
        assertTrue(entries.keySet().stream().noneMatch(name -> name.contains("native-again")));
        assertTrue(!entries.containsKey("nas/sp.W.4/vxlan/10gbit//mops"), "it was not on the path");
        assertTrue(Extract.of(results)
                .troubles()
                .contains("nas sp.W.4 on vxlan at 10 Gbit/s ended as not-on-path: no value"));
    }

    @Test
    void aRunOfMacroGivesPrimaryMetricsAndCosts() throws IOException {
        Map<String, Entry> entries =
                bySeries(HistoryRun.of(ResultDirectory.read(SyntheticResults.macro(directory.resolve("macro")))));
        assertTrue(
                entries.keySet().stream().anyMatch(name -> name.matches("macro/.*/vnetp/.*/throughput_bps")),
                entries.keySet().toString());
        entries.forEach((name, entry) ->
                assertEquals(!name.contains("/native/"), entry.ofNative(), name + " in " + entry.unit()));
    }

    @Test
    void forksAreTheLaunchesOfARunOfMicro() throws IOException {
        Path result = SyntheticResults.micro(directory.resolve("micro"));
        Files.writeString(result.resolve("jmh.json"), """
                [{"benchmark": "a.B.c", "mode": "avgt", "params": {"n": "1"}, "primaryMetric": {"score": 10.0,
                  "scoreError": "NaN", "scoreUnit": "ns/op", "rawData": [[9.0, 10.0], [10.0, 11.0]]}},
                 {"benchmark": "a.B.c", "mode": "thrpt", "params": {"n": "1"}, "primaryMetric": {"score": 3.0,
                  "scoreError": 0.1, "scoreUnit": "ops/us", "rawData": [[3.0, "NaN"]]}},
                 {"benchmark": "a.B.c", "mode": "sample", "primaryMetric": {"score": 5.0, "scoreError": 0.1,
                  "scoreUnit": "us/op", "rawDataHistogram": [[[[4.0, 3], [8.0, 1]]]]}},
                 {"benchmark": "a.B.d", "mode": "avgt", "primaryMetric": {"score": "NaN", "scoreError": "NaN",
                  "scoreUnit": "ns/op", "rawData": [[0]]}}]
                """);
        Extract extract = Extract.of(ResultDirectory.read(result));
        Map<String, Entry> entries = bySeries(extract.run());
        Entry time = entries.get("micro/a.B.c///n=1/avgt");
        assertEquals(List.of(9.5, 10.5), time.launches());
        assertEquals(4, time.blocks());
        // Student's t with one degree of freedom is 12.706 at 97.5 %; the standard error of 9.5 and 10.5 is 0.5.
        assertEquals(10 - 6.353, time.low(), 0.001);
        assertTrue(!time.moreIsBetter());
        Entry rate = entries.get("micro/a.B.c///n=1/thrpt");
        assertEquals(List.of(3.0), rate.launches());
        assertTrue(rate.moreIsBetter() && Double.isNaN(rate.low()));
        assertEquals(List.of(5.0), entries.get("micro/a.B.c////sample").launches());
        assertEquals(List.of("micro/a.B.d////avgt: its score is no number above 0: left out"), extract.troubles());
    }

    @Test
    void aBenchmarkTwiceIsRefused() throws IOException {
        Path result = SyntheticResults.micro(directory.resolve("micro"));
        String one = "{\"benchmark\": \"a.B.c\", \"mode\": \"avgt\", \"primaryMetric\": {\"score\": 1,"
                + " \"scoreUnit\": \"ns/op\"}}";
        Files.writeString(result.resolve("jmh.json"), "[" + one + "," + one + "]");
        Results results = ResultDirectory.read(result);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> HistoryRun.of(results));
        assertEquals(
                result.resolve("jmh.json") + ": micro/a.B.c////avgt twice; expected each benchmark, its parameters and"
                        + " mode once",
                e.getMessage());
    }

    @Test
    void aRunWithoutValuesIsRefused() throws IOException {
        Path result = SyntheticResults.micro(directory.resolve("micro"));
        Files.writeString(result.resolve("jmh.json"), "[]");
        Results results = ResultDirectory.read(result);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> HistoryRun.of(results));
        assertEquals("no value of any series: nothing to add", e.getMessage());
    }

    private static MachineKey key(Map<String, String> changes) {
        Map<String, String> facts = new LinkedHashMap<>(Map.of(
                "cpu.model", "Intel(R) Xeon(R) CPU @ 2.60GHz",
                "cpu.processors", "4",
                "cpu.cores", "2",
                "cpu.smt", "1",
                "memory.total", "16374512 kB",
                "hypervisor.present", "yes",
                "cgroup.cpu_max", "max 100000",
                "kernel.version", "6.12.1",
                "jdk.version", "25.0.3+9"));
        facts.putAll(changes);
        return MachineKey.of(RunInfo.builder("x", "nas", "2026-11-27T00:00:00Z", new Environment(facts))
                .build());
    }

    @Test
    void onlyHardFactsMakeTheMachine() {
        MachineKey machine = key(Map.of());
        assertTrue(machine.text().matches("intel-xeon-4p-16gib-[0-9a-f]{8}"), machine.text());
        assertEquals("16", machine.hard().get("memory.gib"));
        for (Map<String, String> soft : List.of(
                Map.of("kernel.version", "6.18.44"),
                Map.of("memory.total", "16301234 kB"),
                Map.of("state.load", "7.9"),
                Map.of("sha256.reports.jar", "00"),
                Map.of("cpu.mhz", "2599.998", "cpu.bogomips", "5199.99"),
                Map.of("jdk.version", "26"))) {
            assertEquals(machine.text(), key(soft).text(), soft.toString());
        }
        for (Map<String, String> hard : List.of(
                Map.of("cpu.model", "Intel(R) Xeon(R) CPU @ 2.80GHz"),
                Map.of("cpu.processors", "8"),
                Map.of("cpu.cores", "4"),
                Map.of("cpu.smt", "0"),
                Map.of("memory.total", "8174512 kB"),
                Map.of("hypervisor.vendor", "Example"),
                Map.of("cgroup.cpu_max", "200000 100000"))) {
            assertNotEquals(machine.text(), key(hard).text(), hard.toString());
        }
        assertEquals(
                "kernel 6.12.1 -> 6.18.44",
                MachineKey.difference(
                        machine.soft(), key(Map.of("kernel.version", "6.18.44")).soft()));
    }

    @Test
    void aRunThatDoesNotTellItsMachineIsRefused() {
        RunInfo info = RunInfo.builder("x", "nas", "2026-11-27T00:00:00Z", new Environment(Map.of("os", "Example")))
                .build();
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> MachineKey.of(info));
        assertEquals(
                "the run does not tell its machine: expected environment facts such as cpu.model and cpu.processors,"
                        + " found [os]",
                e.getMessage());
    }
}
