package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.vnetp.overlay.posix.Scheduling;

/// What the kernel says about processes. A process is known by its id and its start time, because
/// ids are used again.
final class Processes {
    private static final Path PROC = Path.of("/proc");
    /// USER_HZ, in which the kernel tells times to programs on every architecture Java runs on.
    private static final double TICKS_PER_SECOND = 100;
    /// Fields of [#fields]: utime, stime, cutime and cstime of proc(5).
    private static final int USER = 11;

    private static final int KERNEL = 12;
    private static final int CHILDREN_USER = 13;

    private static final int CHILDREN_KERNEL = 14;

    private Processes() {}

    record Id(long pid, long startTicks) {
        boolean alive() {
            String[] fields = fields(pid);
            // A zombie holds nothing but its exit code.
            return fields != null && start(fields) == startTicks && !fields[0].equals("Z");
        }
    }

    /// Now's process of that id.
    static Id of(long pid) {
        String[] fields = fields(pid);
        return new Id(pid, fields == null ? -1 : start(fields));
    }

    /// CPU seconds in user and kernel of a process and all that it started and that are alive, 0 when it is
    /// gone. To the nanosecond: /proc/PID/stat counts in hundredths of a second, which is what a node takes
    /// in a whole second of little work.
    static double cpuSeconds(long pid) {
        return cpuSeconds(withDescendants(pid));
    }

    /// The same, and what those took that it started and that have ended, as it was told when it waited for them: by
    /// hundredths of a second.
    static double cpuSecondsWithEnded(long pid) {
        List<Long> all = withDescendants(pid);
        long ticks = 0;
        for (long each : all) {
            String[] fields = fields(each);
            ticks += fields == null
                    ? 0
                    : Long.parseLong(fields[CHILDREN_USER]) + Long.parseLong(fields[CHILDREN_KERNEL]);
        }
        return cpuSeconds(all) + ticks / TICKS_PER_SECOND;
    }

    /// CPU seconds of a process alone, 0 when it is gone: without a look at all processes for what it started.
    static double cpuSecondsOf(long pid) {
        return cpuSeconds(List.of(pid));
    }

    /// CPU seconds in user and kernel by a line of /proc/PID/stat: hundredths of a second, threads that have ended
    /// included.
    static double cpuSeconds(String stat) {
        String[] fields = fields(stat);
        return (Long.parseLong(fields[USER]) + Long.parseLong(fields[KERNEL])) / TICKS_PER_SECOND;
    }

    /// Memory of a process in kilobytes, 0 when it is gone.
    ///
    /// @param measure `Rss`: all its pages that are in memory; `Pss`: those that it shares counted in parts;
    ///     and what else /proc/PID/smaps_rollup tells
    static long memoryKb(long pid, String measure) {
        return kilobytes(PROC.resolve(Long.toString(pid)).resolve("smaps_rollup"), measure);
    }

    /// What new programs may take of this machine's memory, kilobytes; 0 where the kernel does not
    /// tell.
    static long availableKb() {
        return kilobytes(PROC.resolve("meminfo"), "MemAvailable");
    }

    private static long kilobytes(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(name + ":")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException gone) {
            // As said.
        }
        return 0;
    }

    private static List<Long> withDescendants(long pid) {
        Stream<Long> descendants = ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .map(ProcessHandle::pid);
        return Stream.concat(Stream.of(pid), descendants).toList();
    }

    private static double cpuSeconds(List<Long> processes) {
        return processes.stream()
                        .mapToLong(each -> Math.max(0, Scheduling.cpuNanos(each)))
                        .sum()
                / 1e9;
    }

    /// Seconds that all CPUs together spent in softirq and busy at all.
    static double[] softirqAndBusySeconds() {
        try (var lines = Files.newBufferedReader(PROC.resolve("stat"))) {
            return softirqAndBusySeconds(lines.readLine());
        } catch (IOException e) {
            return new double[] {Double.NaN, Double.NaN};
        }
    }

    /// The same from the first line of /proc/stat.
    static double[] softirqAndBusySeconds(String line) {
        // cpu user nice system idle iowait irq softirq steal
        String[] cpu = line.trim().split("\\s+");
        long busy = 0;
        for (int i = 1; i <= 8 && i < cpu.length; i++) {
            if (i != 4 && i != 5) {
                busy += Long.parseLong(cpu[i]);
            }
        }
        return new double[] {Long.parseLong(cpu[7]) / TICKS_PER_SECOND, busy / TICKS_PER_SECOND};
    }

    /// All processes in one of the network namespaces with these inode numbers.
    static List<Id> inNetworkNamespaces(Set<Long> inodes) {
        List<Id> result = new ArrayList<>();
        if (inodes.isEmpty()) {
            return result;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path entry : entries) {
                try {
                    String link =
                            Files.readSymbolicLink(entry.resolve("ns/net")).toString();
                    long inode = Long.parseLong(link.substring("net:[".length(), link.length() - 1));
                    if (inodes.contains(inode)) {
                        result.add(of(Long.parseLong(entry.getFileName().toString())));
                    }
                } catch (IOException | NumberFormatException | IndexOutOfBoundsException gone) {
                    // Ended between the listing and the look, or a zombie.
                }
            }
        } catch (IOException e) {
            throw new TestbedException("cannot list /proc", e);
        }
        return result;
    }

    /// These processes, and those of the sessions that they lead: what a daemon's shell has
    /// started.
    static List<Id> withSessions(List<Id> leaders) {
        List<Id> result = new ArrayList<>(leaders);
        Set<Long> sessions = new HashSet<>();
        for (Id leader : leaders) {
            // A dead leader's number may be somebody else's by now.
            if (leader.alive()) {
                sessions.add(leader.pid());
            }
        }
        if (sessions.isEmpty()) {
            return result;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                String[] fields = fields(pid);
                if (fields != null && !sessions.contains(pid) && sessions.contains(Long.parseLong(fields[3]))) {
                    result.add(new Id(pid, start(fields)));
                }
            }
        } catch (IOException e) {
            throw new TestbedException("cannot list /proc", e);
        }
        return result;
    }

    /// Ends processes: SIGTERM, `graceMs` to obey, then SIGKILL. Returns when they are gone or a
    /// second after SIGKILL.
    static void end(List<Id> processes, long graceMs) {
        long self = ProcessHandle.current().pid();
        List<Id> targets = new ArrayList<>();
        for (Id process : processes) {
            if (process.pid() != self && process.alive()) {
                targets.add(process);
            }
        }
        if (graceMs > 0) {
            signal(targets, false);
            await(targets, graceMs);
        }
        signal(targets, true);
        await(targets, 1_000);
    }

    private static void signal(List<Id> processes, boolean force) {
        for (Id process : processes) {
            if (process.alive()) {
                ProcessHandle.of(process.pid()).ifPresent(handle -> {
                    if (force) {
                        handle.destroyForcibly();
                    } else {
                        handle.destroy();
                    }
                });
            }
        }
    }

    private static void await(List<Id> processes, long milliseconds) {
        long deadline = System.nanoTime() + milliseconds * 1_000_000;
        boolean interrupted = false;
        while (processes.stream().anyMatch(Id::alive) && System.nanoTime() < deadline) {
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                // Cleaning up goes on; whoever interrupted still learns of it.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// The fields of /proc/PID/stat from the third (state) on, or null when there is no such
    /// process.
    private static String[] fields(long pid) {
        try {
            String stat = new String(
                    Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve("stat")), StandardCharsets.ISO_8859_1);
            return fields(stat);
        } catch (IOException e) {
            return null;
        }
    }

    private static String[] fields(String stat) {
        // The second field is the program's name in brackets and may contain anything.
        return stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ");
    }

    private static long start(String[] fields) {
        return Long.parseLong(fields[19]);
    }
}
