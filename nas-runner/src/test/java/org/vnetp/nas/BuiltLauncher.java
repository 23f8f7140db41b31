package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.vnetp.macrobench.testbed.Machine;

/// The real launcher with the jars that were built, in a home of its own, so that it never builds into the
/// build that runs the test.
///
/// @param home where `vnetp` is
record BuiltLauncher(Path home) implements AutoCloseable {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final long PATIENCE_S = 60;
    private static final List<String> MODULES =
            List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner");

    /// What the launcher cannot do without: itself, its way to a JDK, the list of packages that commands need.
    static final List<String> FILES =
            List.of("vnetp", ".mvn/jdk.sh", "macrobench/src/main/resources/org/vnetp/macrobench/testbed/packages");

    record Said(int code, String text) {
        boolean hasLine(String pattern) {
            Pattern line = Pattern.compile(pattern);
            return text.lines().anyMatch(each -> line.matcher(each).matches());
        }
    }

    /// Skips the test where the jars are not there, or fails it where that is required.
    ///
    /// @param home that is not there yet
    static BuiltLauncher in(Path home) throws IOException {
        Files.createDirectory(home);
        for (String file : FILES) {
            Files.createDirectories(home.resolve(file).getParent());
            // Older than the jars, as it is there: the launcher builds where a source is newer.
            Files.copy(ROOT.resolve(file), home.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        for (String module : MODULES) {
            Path target = ROOT.resolve(module).resolve("target");
            need(
                    Files.isRegularFile(target.resolve(module + "-" + VERSION + ".jar")),
                    "the jar of " + module + " (./mvnw -DskipTests package)");
            Files.createDirectories(home.resolve(module));
            Files.createSymbolicLink(home.resolve(module).resolve("target"), target);
        }
        return new BuiltLauncher(home);
    }

    static void need(boolean there, String what) {
        if (!there && System.getProperty("vnetp.it", "auto").equals("required")) {
            fail("this test needs " + what);
        }
        Assumptions.assumeTrue(there, "needs " + what);
    }

    static void needRootAndTun() throws IOException {
        need(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "root");
        need(Files.isReadable(Path.of("/dev/net/tun")), "/dev/net/tun");
        // The launcher would install them.
        for (String program : List.of("ip", "ethtool", "mpirun.openmpi", "iperf3", "sockperf", "fc-list")) {
            need(Machine.has(program), program);
        }
    }

    /// Starts a command of it.
    ///
    /// @param before words that start the launcher, or none
    /// @param printed where all that it prints goes
    Process start(Path in, Map<String, String> environment, List<String> before, List<String> words, Path printed)
            throws IOException {
        List<String> all = new ArrayList<>(before);
        all.addAll(List.of("/bin/sh", home.resolve("vnetp").toString()));
        all.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(all);
        builder.environment().putAll(environment);
        return builder.directory(in.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
    }

    /// Runs a command of it to its end.
    Said run(Path in, Map<String, String> environment, List<String> words) throws IOException, InterruptedException {
        Path printed = Files.createTempFile("said", ".txt");
        try {
            Process process = start(in, environment, List.of(), words, printed);
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                process.destroy();
                process.waitFor();
                fail("./vnetp " + words + " still runs after " + PATIENCE_S + " s:\n" + Files.readString(printed));
            }
            return new Said(process.exitValue(), Files.readString(printed, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(printed);
        }
    }

    /// Removes its ways to the jars, of which JUnit would warn.
    @Override
    public void close() throws IOException {
        for (String module : MODULES) {
            Files.deleteIfExists(home.resolve(module).resolve("target"));
        }
    }
}
