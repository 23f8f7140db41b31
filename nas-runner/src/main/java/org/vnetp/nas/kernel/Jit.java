package org.vnetp.nas.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Whether this JVM's compiler threads have work. What the JVM itself tells counts a compilation only when it has
/// ended, and one of these loops may take a second; the kernel tells the state of the threads at once.
final class Jit {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final String NAME_PART = " CompilerThre";

    private List<Path> states = compilers();

    /// Whether a compiler thread runs, or would if it had a processor; false where that cannot be told.
    boolean busy() {
        for (Path state : states) {
            try {
                String stat = Files.readString(state, StandardCharsets.ISO_8859_1);
                if (stat.charAt(stat.lastIndexOf(')') + 2) == 'R') {
                    return true;
                }
            } catch (IOException e) {
                states = compilers(); // that thread has ended
                return true;
            }
        }
        return false;
    }

    /// Waits until no compiler thread has work.
    ///
    /// @param nanos at most
    void await(long nanos) {
        long until = System.nanoTime() + nanos;
        int idle = 0;
        // Twice: between two methods of its queue a thread may sleep for a moment.
        while (idle < 2 && System.nanoTime() < until) {
            idle = busy() ? 0 : idle + 1;
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static List<Path> compilers() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                if (Files.readString(task.resolve("comm")).contains(NAME_PART)) {
                    found.add(task.resolve("stat"));
                }
            }
        } catch (IOException e) {
            return List.of(); // no such system, or a thread that has just ended
        }
        return found;
    }
}
