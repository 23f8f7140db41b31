package org.vnetp.nas.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.MpiUnavailableException;
import org.vnetp.macrobench.testbed.Machine;

/// `kernel` as users start it whose environment says other things about languages, files and MPI than ours.
@Tag("mpi")
@Timeout(120)
class KernelInForeignEnvironmentTest {
    private static final Path JDK_SCRIPT = Path.of("..", ".mvn", "jdk.sh").toAbsolutePath();

    @TempDir
    private Path dir;

    private record Ended(int code, String out, String err) {}

    @BeforeAll
    static void anMpi() {
        try {
            MpiLauncher.find("openmpi");
        } catch (MpiUnavailableException e) {
            if ("required".equals(System.getProperty("vnetp.it"))) {
                throw e;
            }
            Assumptions.abort(e.getMessage());
        }
    }

    /// Runs a small one as the launcher does, with the launcher's search for a JDK and what that exports.
    private Ended kernel(Map<String, String> environment, String classPath) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                "sh",
                "-euc",
                ". \"$0\"; exec \"$@\"",
                JDK_SCRIPT.toString(),
                Machine.java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                KernelCommand.class.getName()));
        words.addAll(List.of("ep.S", "--ranks", "2", "--warm-up", "0"));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("XDG_CACHE_HOME", dir.resolve("cache").toString());
        builder.environment().putAll(environment);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectError(dir.resolve("err").toFile());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, Files.readString(dir.resolve("err")));
    }

    @Test
    void itsDigitsAreNotTheUsers() throws Exception {
        Ended ended = kernel(Map.of("JAVA_TOOL_OPTIONS", "-Duser.language=ar -Duser.country=EG"), Machine.classPath());
        assertEquals(0, ended.code(), ended.out() + ended.err());
        assertTrue(ended.err().contains("ep.S on 2 ranks"), ended.err());
        assertTrue((ended.out() + ended.err()).chars().noneMatch(c -> c >= '\u0660' && c <= '\u0669'), ended.out());
    }

    /// The fault: under these locales Java reads the names of files as ASCII, and finds no class below such a
    /// directory.
    @Test
    void itsFilesMayHaveAnyNameUnderAnyLocale() throws Exception {
        Path checkout = Files.createDirectory(dir.resolve("d\u00e9p\u00f4t de moi"));
        List<String> entries = new ArrayList<>();
        for (String entry : Machine.classPath().split(File.pathSeparator)) {
            Path link = checkout.resolve(entries.size() + "-" + Path.of(entry).getFileName());
            entries.add(Files.createSymbolicLink(link, Path.of(entry)).toString());
        }
        for (String locale : List.of("C", "POSIX")) {
            Ended ended = kernel(Map.of("LC_ALL", locale), String.join(File.pathSeparator, entries));
            assertEquals(0, ended.code(), ended.out() + ended.err());
        }
        for (String entry : entries) {
            Files.delete(Path.of(entry)); // JUnit warns of each link that it removes
        }
    }
}
