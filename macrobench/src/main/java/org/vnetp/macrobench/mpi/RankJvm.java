package org.vnetp.macrobench.mpi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.macrobench.testbed.Machine;

/// The command line of a rank that is a JVM, bounded so that many of them fit on few cores: a heap
/// of just what is needed, the serial collector, the fewest compiler threads, no performance file.
public final class RankJvm {
    private static final long MIB = 1L << 20;

    /// Heap beside the caller's arrays: the young generation and what the JDK itself allocates.
    private static final long HEAP_SLACK_MIB = 48;

    private static final long YOUNG_MIB = 16;

    /// What a JVM needs beside its heap: code, class data, compiler, thread stacks, the MPI library.
    private static final long OUTSIDE_HEAP_MIB = 120;

    private RankJvm() {}

    /// Memory of one rank in bytes, JVM included.
    public static long bytes(long heapBytes, long offHeapBytes) {
        return heapBytes + offHeapBytes + (HEAP_SLACK_MIB + OUTSIDE_HEAP_MIB) * MIB;
    }

    /// Options of a rank that mostly waits: the JVM itself wakes up four times a second otherwise, which twenty ranks
    /// on two processors would show.
    public static final List<String> WAITING =
            List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:AsyncDeflationInterval=10000");

    /// The command of one rank, with this JVM's own `java` and class path.
    ///
    /// @param heapBytes what the program keeps in arrays
    /// @param options further ones of the JVM
    public static List<String> command(long heapBytes, List<String> options, Class<?> main, List<String> arguments) {
        long heapMib = heapBytes / MIB + 1 + HEAP_SLACK_MIB;
        List<String> words = new ArrayList<>();
        // Open MPI's launcher puts the working directory in front of the class path of a program called java, and
        // then no archive of classes fits it.
        words.add("/usr/bin/env");
        words.add(Machine.java());
        words.addAll(List.of(
                "-Xms" + heapMib + "m",
                "-Xmx" + heapMib + "m",
                "-Xmn" + YOUNG_MIB + "m",
                "-XX:+UseSerialGC",
                // Two is the least that tiered compilation takes: ranks share few cores.
                "-XX:CICompilerCount=2",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED"));
        if (Files.isReadable(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"))) {
            words.add("-XX:+UseTransparentHugePages");
        }
        words.addAll(options);
        words.addAll(List.of("-cp", Machine.classPath(), main.getName()));
        words.addAll(arguments);
        return words;
    }
}
