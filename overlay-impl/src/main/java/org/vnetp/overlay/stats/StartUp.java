package org.vnetp.overlay.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/// How long a node's process took until it was ready, and until its first frame had passed: what a
/// guest waits for after a restart. Times are those of the node's clock, nanoseconds.
///
/// @param readyMs milliseconds from the start of the process until all statements were carried out
///     and the control socket answered; empty where no process was started for the node, or before
/// @param firstFrameMs milliseconds from the start of the process until the round was over in which
///     the first frame was taken from a NIC or a link; empty before that
public record StartUp(OptionalDouble readyMs, OptionalDouble firstFrameMs) {
    /// Nobody told when the process started.
    public static final StartUp UNKNOWN = new StartUp(OptionalDouble.empty(), OptionalDouble.empty());

    /// The kernel counts a process's age in ticks of USER_HZ, which is 100 on Linux (proc(5)).
    private static final double TICKS_PER_SECOND = 100;

    private static final int START_TIME_FIELD = 22;

    /// From times of one clock; 0 where something has not happened.
    public static StartUp of(long startNs, long readyNs, long firstFrameNs) {
        return new StartUp(since(startNs, readyNs), since(startNs, firstFrameNs));
    }

    private static OptionalDouble since(long startNs, long ns) {
        return ns == 0 ? OptionalDouble.empty() : OptionalDouble.of((ns - startNs) / 1e6);
    }

    /// Nanoseconds since this process was started, to 20 ms: the JVM's own start is part of it.
    ///
    /// @throws IOException where /proc does not tell
    public static long processAgeNs() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        // The second field is the program's name in parentheses, with whatever it contains.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        double started = Long.parseLong(fields[START_TIME_FIELD - 3]) / TICKS_PER_SECOND;
        String uptime = Files.readString(Path.of("/proc/uptime"));
        return (long) ((Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) - started) * 1e9);
    }
}
