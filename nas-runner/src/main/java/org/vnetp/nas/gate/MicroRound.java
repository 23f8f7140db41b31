package org.vnetp.nas.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.overlay.Launching;

/// One fork of every microbenchmark of the gate, by the benchmarks of a build of its own.
final class MicroRound {
    /// The codec, the lookup, and the whole way.
    static final String USUAL = "(VnetFormatBenchmark.encapsulateDecapsulate|LookupBenchmark.hit|WholeWayBenchmark)";

    private static final Duration LONGEST = Duration.ofMinutes(5);

    private MicroRound() {}

    /// JMH's command line.
    ///
    /// @param pattern which benchmarks
    /// @param result where its JSON goes
    static List<String> command(Path home, String pattern, Path result) {
        List<String> words = new ArrayList<>();
        words.add(Machine.java());
        words.add("-Djmh.ignoreLock=true");
        words.addAll(List.of("-cp", Machine.classPath(home, "microbench"), "org.openjdk.jmh.Main"));
        words.addAll(List.of("-f", "1", "-wi", "4", "-w", "200ms", "-i", "10", "-r", "40ms"));
        words.addAll(List.of("-gc", "false", "-foe", "true"));
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

    /// Runs it.
    ///
    /// @throws IOException when it fails; the log's end is in the message
    static void run(Path home, String pattern, Path result) throws IOException, InterruptedException {
        Path log = result.resolveSibling(result.getFileName() + ".log");
        String failure = "the microbenchmarks of " + home + " failed";
        Logged.run(Child.of(command(home, pattern, result)), log, LONGEST, failure);
        if (!Files.exists(result)) {
            throw Logged.failed(log, failure);
        }
    }
}
