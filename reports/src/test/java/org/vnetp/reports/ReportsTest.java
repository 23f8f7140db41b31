package org.vnetp.reports;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.reports.chart.Picture;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.result.TimeLineFile;
import org.vnetp.reports.result.TrafficFile;
import org.vnetp.reports.stats.Study;
import org.vnetp.reports.table.Table;
import org.w3c.dom.Document;

class ReportsTest {
    /// With `VNETP_GOLDEN=write` in the environment the tests rewrite the golden files; read the difference before it
    /// is committed.
    private static final boolean WRITE = "write".equals(System.getenv("VNETP_GOLDEN"));

    @TempDir
    Path temp;

    private interface Maker {
        Path make(Path directory) throws Exception;
    }

    private void golden(String name, Maker maker) throws Exception {
        List<Table> tables = Reports.tables(ResultDirectory.read(maker.make(temp.resolve(name))));
        assertGolden(name + ".txt", Reports.terminal(tables, 120, false, true));
        assertGolden(name + ".md", Reports.markdown(tables));
        assertGolden(name + ".csv", Reports.csv(tables));
        assertGolden(name + ".tex", Reports.latex(tables));
        assertGolden(name + ".json", Reports.json(tables));
    }

    private void assertGolden(String name, String text) throws Exception {
        if (WRITE) {
            Files.writeString(Path.of("src/test/resources/org/vnetp/reports/golden", name), text);
        }
        try (InputStream in = ReportsTest.class.getResourceAsStream("golden/" + name)) {
            String expected = WRITE ? text : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(expected, text, name);
        }
    }

    @Test
    void nasTablesAreTheGoldenOnesInEveryFormat() throws Exception {
        golden("nas", SyntheticResults::nas);
    }

    @Test
    void networkTablesAreTheGoldenOnesInEveryFormat() throws Exception {
        golden("macro", SyntheticResults::macro);
    }

    @Test
    void microTablesAreTheGoldenOnesInEveryFormat() throws Exception {
        golden("micro", SyntheticResults::micro);
    }

    @Test
    void sameDirectoryGivesSameBytesUnderAnyLocaleAndTimeZone() throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve("r"));
        Reports.write(directory);
        TreeMap<String, byte[]> first = files(directory);
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            Reports.write(directory);
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
        TreeMap<String, byte[]> second = files(directory);
        assertEquals(first.keySet(), second.keySet());
        first.forEach((name, bytes) -> assertArrayEquals(bytes, second.get(name), name));
        assertTrue(
                first.keySet().containsAll(List.of("report.html", "tables.md", "tables.csv", "tables.tex")),
                first.keySet().toString());
        assertTrue(
                first.keySet().stream().filter(name -> name.endsWith(".png")).count() >= 8,
                first.keySet().toString());
    }

    private static TreeMap<String, byte[]> files(Path directory) throws Exception {
        TreeMap<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(directory.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void whoTalksToWhomIsDrawnWhereNodesTellIt() throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve("r"));
        Study study = new Study(ResultDirectory.read(directory).observations(), "nas");
        Study.Cell cell = study.cells().iterator().next();
        Study.RunValues run = study.runs(cell, "vnetp").stream()
                .filter(each -> each.status() == Status.OK)
                .findFirst()
                .orElseThrow();
        String name =
                Run.fileName(cell.benchmark(), "vnetp", cell.link(), cell.params(), run.block(), run.repetition());
        Path raw = Files.createDirectories(directory.resolve("raw"));
        Files.writeString(raw.resolve(name + TrafficFile.SUFFIX), """
                # all-to-all, confidence 0.97
                from,to,bytes,seconds
                guest-1,guest-1,0,0.5
                guest-1,guest-2,6172800,0.5
                guest-2,guest-1,3000000,0.5
                guest-2,guest-2,0,0.5
                """);
        Reports.write(directory);
        String plot = "plots/traffic-" + cell.benchmark().replace('.', '-');
        String svg = Files.readString(directory.resolve(plot + ".svg"));
        // Letters are drawn as shapes; what they say is in the description.
        for (String said : List.of(
                "MB/s; all-to-all)", "guest-1 to guest-2 12.3", "guest-2 to guest-1 6.0", "fill=\"rgb(63,148,204)\"")) {
            assertTrue(svg.contains(said), said);
        }
        assertTrue(Files.size(directory.resolve(plot + ".png")) > 1000);
        assertTrue(Files.readString(directory.resolve("report.html")).contains("Who talks to whom"));
        // A file that is none does not keep the others from being drawn.
        Files.writeString(raw.resolve(name + TrafficFile.SUFFIX), "nonsense");
        Reports.write(directory);
        assertTrue(Files.readString(directory.resolve("report.html")).contains("Left out of the pictures of traffic"));
    }

    @Test
    void aRunThatAdaptsIsDrawnOverItsTime() throws Exception {
        aTimeLineIsDrawn(SyntheticResults.macro(temp.resolve("macro")), "macro");
        aTimeLineIsDrawn(SyntheticResults.nas(temp.resolve("nas")), "nas");
    }

    private static void aTimeLineIsDrawn(Path directory, String suite) throws IOException {
        Study study = new Study(ResultDirectory.read(directory).observations(), suite);
        Study.Cell cell = study.cells().stream()
                .filter(each -> study.runs(each, "vnetp").stream().anyMatch(run -> run.status() == Status.OK))
                .findFirst()
                .orElseThrow();
        Study.RunValues run = study.runs(cell, "vnetp").stream()
                .filter(each -> each.status() == Status.OK)
                .findFirst()
                .orElseThrow();
        String name =
                Run.fileName(cell.benchmark(), "vnetp", cell.link(), cell.params(), run.block(), run.repetition());
        Path file = Files.createDirectories(directory.resolve("raw")).resolve(name + TimeLineFile.SUFFIX);
        Files.writeString(file, TimeLineFile.HEADER + """

                0.25,a,290.5,
                0.25,b,95.1,
                0.4,,,shortcut
                0.5,a,96,
                0.5,b,95.3,
                """);
        Reports.write(directory);
        Path svg;
        try (Stream<Path> plots = Files.list(directory.resolve("plots"))) {
            svg = plots.filter(each -> each.getFileName().toString().matches("timeline.*svg"))
                    .findFirst()
                    .orElseThrow();
        }
        for (String said : List.of("host a", "host b", "shortcut at 0.4 s", "Mbit/s that a host sends")) {
            assertTrue(Files.readString(svg).contains(said), said);
        }
        assertTrue(Files.readString(directory.resolve("report.html")).contains("A run that adapts"));
        Files.writeString(file, "nonsense");
        Reports.write(directory);
        assertTrue(
                Files.readString(directory.resolve("report.html")).contains("Left out of the pictures of time lines"));
    }

    @Test
    void pageEscapesWhatCameFromFilesAndLoadsNothing() throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve("r"));
        Reports.write(directory);
        String page = Files.readString(directory.resolve("report.html"));
        assertFalse(page.contains("<script"), "no script, ours or another's");
        assertTrue(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"));
        assertFalse(
                page.replace("http://www.w3.org/2000/svg", "").matches("(?s).*(src|href)=\"?(https?:|//).*"),
                "offline");
        assertTrue(
                page.contains("./vnetp nas --seed 42 --name &#39;it&#39;\\&#39;&#39;s&#39;"),
                "the command, quoted for a shell");
        assertTrue(page.contains("unverified") && page.contains("not on path") && page.contains("timeout"));
        assertTrue(page.contains("Proof of path") && page.contains("Noise floor") && page.contains("Example CPU"));
        String markdown = Files.readString(directory.resolve("tables.md"));
        assertFalse(markdown.contains("<script"));
    }

    @Test
    void failedCellsShowTheirWordAndNoNumber() throws Exception {
        String text = Reports.terminalTable(SyntheticResults.nas(temp.resolve("r")));
        String row = text.lines()
                .filter(line -> line.startsWith("is.A.4"))
                .findFirst()
                .orElseThrow();
        assertTrue(row.matches("is\\.A\\.4 +[0-9.]+ +unverified +.*"), row);
    }

    @Test
    void picturesAreValidAndLabelled() throws Exception {
        for (Maker maker : List.<Maker>of(SyntheticResults::nas, SyntheticResults::macro, SyntheticResults::micro)) {
            Path directory = maker.make(Files.createTempDirectory(temp, "r").resolve("x"));
            List<Picture> pictures = Reports.pictures(ResultDirectory.read(directory));
            assertTrue(pictures.size() >= 3);
            for (Picture picture : pictures) {
                Document svg = DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new ByteArrayInputStream(picture.svg(false).getBytes(StandardCharsets.UTF_8)));
                assertEquals(
                        picture.title(),
                        svg.getElementsByTagName("title").item(0).getTextContent());
                assertTrue(svg.getElementsByTagName("path").getLength() > 20, picture.name());
                assertTrue(picture.labels().size() >= 3, picture.labels().toString());
                var png = ImageIO.read(new ByteArrayInputStream(picture.png()));
                assertEquals(2 * Picture.WIDTH, png.getWidth());
            }
        }
        List<Picture> nas = Reports.pictures(ResultDirectory.read(SyntheticResults.nas(temp.resolve("nas"))));
        Picture percent = nas.getFirst();
        assertTrue(
                percent.labels().containsAll(List.of("percent of native (100 = native)", "vnetp", "vxlan", "cg.B.8")),
                percent.labels().toString());
        assertTrue(percent.svg(false).contains("stroke-dasharray"), "the line at 100");
    }

    /// ep, with 0.008 MB/s, would stretch the axis over decades in which nothing is.
    @Test
    void ranksThatHardlyTalkAreNotInThePictureAgainstTraffic() throws Exception {
        assertTrue(hasPictureAgainstTraffic("mg.A.4"), "24 MB/s");
        assertFalse(hasPictureAgainstTraffic("ep.A.4"), "0.008 MB/s, and nothing else is there");
    }

    private boolean hasPictureAgainstTraffic(String kernel) throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve(kernel));
        Path file = directory.resolve("observations.csv");
        List<String> lines = Files.readAllLines(file);
        Files.write(
                file,
                lines.stream()
                        .filter(line -> line.equals(lines.getFirst()) || line.contains("," + kernel + ","))
                        .toList());
        return Reports.pictures(ResultDirectory.read(directory)).stream()
                .anyMatch(picture -> picture.name().equals("percent-against-traffic"));
    }

    @Test
    void cutOffFileIsReportedWithAWarning() throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve("r"));
        Files.writeString(directory.resolve("observations.csv"), "nas,cg.A.4,vn", StandardOpenOption.APPEND);
        Reports.write(directory);
        assertTrue(Files.readString(directory.resolve("report.html")).contains("was cut off"));
    }

    @Test
    void emptyResultStillGivesAReport() throws Exception {
        Path directory = SyntheticResults.nas(temp.resolve("r"));
        Path file = directory.resolve("observations.csv");
        Files.writeString(file, Files.readString(file).lines().findFirst().orElseThrow() + "\n");
        Reports.write(directory);
        assertTrue(Files.exists(directory.resolve("report.html")));
    }

    @Test
    void commandEndsWithTwoOnWhatIsNoResult() throws Exception {
        assertEquals(2, ReportMain.run(temp.resolve("nowhere").toString()));
        assertEquals(2, ReportMain.run());
        Path directory = SyntheticResults.micro(temp.resolve("m"));
        assertEquals(0, ReportMain.run("--format", "csv", directory.toString()));
        Files.writeString(directory.resolve("jmh.json"), "[{]");
        assertEquals(2, ReportMain.run(directory.toString()));
        Files.delete(directory.resolve("jmh.json"));
        assertEquals(2, ReportMain.run(directory.toString()));
    }

    @Test
    void damagedHistogramIsNamedAndLeftOut() throws Exception {
        Path directory = SyntheticResults.macro(temp.resolve("r"));
        Path log;
        try (Stream<Path> logs = Files.list(directory.resolve("latency"))) {
            log = logs.sorted().findFirst().orElseThrow();
        }
        Files.writeString(log, "HISTFAAA damaged");
        Reports.write(directory);
        String page = Files.readString(directory.resolve("report.html"));
        assertTrue(page.contains("Left out of the latency plots")
                && page.contains(log.getFileName().toString()));
        assertTrue(page.contains("plot-latency"), "the other runs' curves");
    }

    @Test
    void microResultsWithoutAnyScoreStillGiveAReport() throws Exception {
        Path directory = SyntheticResults.micro(temp.resolve("r"));
        Path file = directory.resolve("jmh.json");
        String good = Files.readString(file);
        for (String score : List.of("0.0", "\"NaN\"", "1e308", "-1.0")) {
            Files.writeString(
                    file,
                    good.replaceAll("\"score\" *: *[0-9.eE+-]+", "\"score\": " + score)
                            .replaceAll("\"scoreError\" *: *[0-9.eE+-]+", "\"scoreError\": " + score));
            Reports.write(directory);
            assertTrue(Files.readString(directory.resolve("report.html")).contains("VnetCodecBenchmark"), score);
        }
    }
}
