package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.RunDirectory;
import org.vnetp.overlay.Launching;

/// One fork of every microbenchmark of the gate for each arm, by the benchmarks of a build of its own. The forks of all
/// arms are there at once and take turns of some milliseconds ([Turns]): a virtual machine's processor may run at two
/// thirds of its speed for seconds, when its neighbour works, and forks that ran one after the other differ by that.
final class MicroRound {
    /// The codec, the lookup, and the whole way.
    static final String USUAL = "(VnetFormatBenchmark.encapsulateDecapsulate|LookupBenchmark.hit|WholeWayBenchmark)";

    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final String PROFILER = "org.vnetp.microbench.TurnsProfiler";

    private MicroRound() {}

    /// JMH's command line.
    ///
    /// @param more on the class path, after the build's own
    /// @param pattern which benchmarks
    /// @param socket of the gate
    /// @param result where its JSON goes
    static List<String> command(Path home, Path more, String pattern, Path socket, Path result) {
        List<String> words = new ArrayList<>();
        words.add(Machine.java());
        words.add("-Djmh.ignoreLock=true");
        words.addAll(List.of("-cp", Machine.classPath(home, "microbench") + ":" + more, "org.openjdk.jmh.Main"));
        words.addAll(List.of("-f", "1", "-wi", "4", "-w", "200ms", "-i", "50", "-r", "20ms"));
        words.addAll(List.of("-gc", "false", "-foe", "true", "-prof", PROFILER + ":" + socket));
        // One size of each: who wants to know about others measures them with ./vnetp micro.
        for (String parameter : List.of("frameBytes=1500", "underlayMtu=1500", "format=vnet", "rules=10", "batch=32")) {
            words.addAll(List.of("-p", parameter));
        }
        List<String> jvm = new ArrayList<>(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-Xms1g",
                "-Xmx1g"));
        jvm.addAll(Launching.CALLS_APART);
        words.addAll(List.of("-jvmArgsAppend", String.join(" ", jvm)));
        words.addAll(List.of("-rf", "json", "-rff", result.toString(), pattern));
        return words;
    }

    /// Runs one.
    ///
    /// @param homes the build of each arm
    /// @param into directory for their results and logs
    /// @return JMH's file of each arm
    /// @throws IOException when one fails; its log's end is in the message
    static Map<String, Path> run(Map<String, Path> homes, String pattern, Path into, Random random) throws IOException {
        Files.createDirectories(into);
        Path apart = Files.createTempDirectory("vnetp-turns"); // short: so is a socket's path
        Map<String, Process> programs = new LinkedHashMap<>();
        Map<String, Path> results = new LinkedHashMap<>();
        try (Turns turns = new Turns(List.copyOf(homes.keySet()), apart, random)) {
            Path profiler = profiler(apart.resolve("classes"));
            for (Map.Entry<String, Path> arm : homes.entrySet()) {
                Path result = into.resolve(arm.getKey() + ".json");
                results.put(arm.getKey(), result);
                programs.put(
                        arm.getKey(),
                        Logged.start(
                                Child.of(
                                        command(arm.getValue(), profiler, pattern, turns.socket(arm.getKey()), result)),
                                log(result)));
            }
            boolean ended = turns.run(arm -> programs.get(arm).isAlive(), System.nanoTime() + LONGEST.toNanos());
            for (Map.Entry<String, Process> program : programs.entrySet()) {
                Path result = results.get(program.getKey());
                if (!ended || program.getValue().exitValue() != 0 || !Files.exists(result)) {
                    throw Logged.failed(
                            log(result), "the microbenchmarks of " + homes.get(program.getKey()) + " failed");
                }
            }
            return results;
        } finally {
            programs.values().forEach(Child::end);
            RunDirectory.delete(apart);
        }
    }

    private static Path log(Path result) {
        return result.resolveSibling(result.getFileName() + ".log");
    }

    /// The class that waits for turns, of this checkout, alone in a directory: a build of another revision may not have
    /// it, and must not get anything else of ours.
    private static Path profiler(Path directory) throws IOException {
        String name = PROFILER.replace('.', '/') + ".class";
        Path target = SideBySide.home().resolve("microbench").resolve("target");
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        try (Stream<Path> jars = Files.list(target)) {
            for (Path jar :
                    jars.filter(each -> each.toString().endsWith(".jar")).toList()) {
                try (JarFile open = new JarFile(jar.toFile())) {
                    JarEntry entry = open.getJarEntry(name);
                    if (entry != null) {
                        try (InputStream bytes = open.getInputStream(entry)) {
                            Files.copy(bytes, file);
                        }
                        return directory;
                    }
                }
            }
        }
        throw new IOException("no jar in " + target + " has " + PROFILER + "; ./vnetp builds it");
    }
}
