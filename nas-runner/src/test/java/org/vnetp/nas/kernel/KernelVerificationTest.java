package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.macrobench.mpi.AotCache;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Machine;

@Tag("mpi")
class KernelVerificationTest {
    private static final long HEAP = 192 << 20;
    private static final int SECONDS = 120;
    /// Class S is over before the second compiler's work would pay. Tests of repeated regions and of
    /// class W have both.
    private static final List<String> FIRST_COMPILER = List.of("-XX:TieredStopAtLevel=1");

    private static final Pattern SUCCESS = Pattern.compile("Verification    =               SUCCESSFUL");

    private record Ended(int code, String text) {}

    @ParameterizedTest
    @CsvSource({
        "openmpi, 1, S",
        "openmpi, 2, S",
        "openmpi, 3, S",
        "openmpi, 4, S",
        "openmpi, 8, S",
        "openmpi, 9, S",
        "openmpi, 16, S",
        "mpich, 1, S",
        "mpich, 2, S",
        "mpich, 4, S",
    })
    void everyKernelVerifiesOnEveryRankCountThatSuitsIt(String mpi, int ranks, ProblemClass problemClass)
            throws Exception {
        List<String> names = new ArrayList<>();
        for (Kernel kernel : Kernels.all()) {
            try {
                kernel.check(problemClass, ranks);
                names.add(kernel.name().toLowerCase(Locale.ROOT) + "." + problemClass);
            } catch (IllegalArgumentException e) {
                // Not for this kernel.
            }
        }
        sweep(mpi, ranks, names, "0", FIRST_COMPILER);
    }

    @Test
    void theQuickKernelsVerifyAtClassWToo() throws Exception {
        sweep("openmpi", 4, List.of("ep.W", "is.W", "cg.W", "mg.W", "ft.W"), "0", List.of());
    }

    /// Each repetition starts from the same data, so a kernel that does not put all of it back is not verified.
    @Test
    void aShortTimedRegionIsRepeatedAndVerifiedEachTime() throws Exception {
        List<String> names = List.of("ep.S", "is.S", "cg.S", "mg.S", "ft.S", "lu.S", "sp.S", "bt.S");

        String text = sweep("openmpi", 4, names, "1", List.of());

        Pattern repeated =
                Pattern.compile(" Timed region: run ([2-9]|\\d{2,4}) times, each verified, seconds on rank 0: ");
        Pattern took = Pattern.compile(" Time in seconds = +([0-9.]+)");
        List<String> outputs = List.of(text.split("(?= NPB-specification kernel in Java)")).stream()
                .filter(each -> took.matcher(each).find())
                .toList();
        assertEquals(names.size(), outputs.size(), text);
        // On a busy machine a region takes the second that is asked for at once; such a one is not repeated.
        for (String output : outputs) {
            Matcher seconds = took.matcher(output);
            assertTrue(seconds.find());
            assertTrue(repeated.matcher(output).find() || Double.parseDouble(seconds.group(1)) > 0.9, output);
        }
        assertTrue(repeated.matcher(text).find(), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"openmpi", "mpich"})
    void aRankThatDiesNamesItselfAndTakesTheJobDown(String mpi) throws Exception {
        Ended ended = run(mpi, 2, KernelJvm.command(8 << 20, List.of(), DyingRank.class, List.of()));

        assertTrue(ended.code() != 0, ended.text());
        assertTrue(
                ended.text().contains("error: rank 1 of 2 died: java.lang.IllegalStateException: told to die"),
                ended.text());
        assertTrue(ended.text().contains("at org.vnetp.nas.kernel.DyingRank"), ended.text());
    }

    @Test
    void aHeapTooSmallIsRefusedByOneRankWithTheNeed() throws Exception {
        Ended ended = run("openmpi", 2, KernelJvm.command(8 << 20, List.of(), KernelMain.class, List.of("ft.A")));

        assertEquals(2, ended.code(), ended.text());
        assertEquals(
                1,
                Pattern.compile("error: ft.A on 2 ranks needs a heap of \\d+ MiB a rank")
                        .matcher(ended.text())
                        .results()
                        .count(),
                ended.text());
    }

    /// What is made once a build and then shared by all ranks of all runs.
    @Test
    void ranksStartFromAnArchiveOfTheirClassesAndSayNothingOfIt(@TempDir Path directory) throws Exception {
        MpiLauncher launcher = MpiForTests.launcher("openmpi");
        String jars = jarsOfTheClassPath(directory);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        AotCache cache = new AotCache(directory.resolve("cache"), new PrintStream(said, true, StandardCharsets.UTF_8));
        List<String> options =
                cache.options("test", jars, more -> launcher.local(1, withClassPath(kernel(1, more), jars)));
        assertTrue(options.getFirst().startsWith("-XX:AOTCache=" + directory), () -> said + " " + options);

        Path loaded = directory.resolve("loaded");
        List<String> telling = new ArrayList<>(options);
        telling.add("-Xlog:class+load:file=" + loaded);
        Ended ended = run("openmpi", 1, withClassPath(kernel(1, telling), jars));
        assertEquals(0, ended.code(), ended.text());
        assertFalse(ended.text().contains("[warning]"), ended.text());
        assertTrue(
                Files.readString(loaded).contains(KernelMain.class.getName() + " source: shared objects file"),
                "not from the archive");
        // Another class path does without.
        assertEquals(0, run("openmpi", 1, kernel(1, options)).code());
        assertEquals("", said.toString(StandardCharsets.UTF_8));
    }

    @Test
    void anArchiveThatCannotBeMadeIsSaidAndDoneWithout(@TempDir Path directory) throws Exception {
        Path jar = Files.createFile(directory.resolve("a.jar"));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        AotCache cache = new AotCache(directory.resolve("cache"), new PrintStream(said, true, StandardCharsets.UTF_8));

        assertEquals(
                List.of(),
                cache.options("x", jar.toString(), more -> new ProcessBuilder("sh", "-c", "echo no room; exit 3")));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("exit code 3"), said.toString());
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("no room"), said.toString());
    }

    private static List<String> kernel(int ranks, List<String> options) {
        return KernelJvm.command(new Ep(), ProblemClass.S, ranks, options, List.of("--warm-up", "0"));
    }

    private static List<String> withClassPath(List<String> command, String jars) {
        List<String> words = new ArrayList<>(command);
        words.set(words.indexOf("-cp") + 1, jars);
        return words;
    }

    /// An archive wants jars, tests have directories.
    private static String jarsOfTheClassPath(Path directory) throws IOException {
        Path jar = directory.resolve("all.jar");
        Set<String> names = new HashSet<>();
        StringBuilder jars = new StringBuilder(jar.toString());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String entry : Machine.classPath().split(File.pathSeparator)) {
                Path root = Path.of(entry);
                if (!Files.isDirectory(root)) {
                    jars.append(File.pathSeparator).append(entry);
                    continue;
                }
                try (Stream<Path> files = Files.walk(root)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        String name = root.relativize(file).toString();
                        if (names.add(name)) {
                            out.putNextEntry(new JarEntry(name));
                            out.write(Files.readAllBytes(file));
                        }
                    }
                }
            }
        }
        return jars.toString();
    }

    private static String sweep(String mpi, int ranks, List<String> names, String timedSeconds, List<String> options)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of(timedSeconds));
        arguments.addAll(names);
        Ended ended =
                run(mpi, ranks, KernelJvm.command(HEAP / ranks + (24 << 20), options, KernelSweep.class, arguments));

        assertEquals(0, ended.code(), ended.text());
        assertEquals(names.size(), SUCCESS.matcher(ended.text()).results().count(), () -> names + "\n" + ended.text());
        return ended.text();
    }

    private static Ended run(String mpi, int ranks, List<String> command) throws IOException, InterruptedException {
        Process process = MpiForTests.launcher(mpi)
                .local(ranks, command)
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        Thread ender = Thread.startVirtualThread(() -> {
            try {
                if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        ender.join();
        return new Ended(code, text);
    }
}
