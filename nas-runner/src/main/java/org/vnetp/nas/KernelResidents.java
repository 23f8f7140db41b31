package org.vnetp.nas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.vnetp.macrobench.campaign.Resident;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.nas.kernel.RegionReport;

/// The resident jobs of one kernel, one an arm, while a visit to it lasts.
///
/// A job that ends or hangs fails the region it was asked for; for its next one it is started again, once. After that
/// its arm fails until the end of the visit.
final class KernelResidents implements AutoCloseable {
    private static final int REMOVALS = 20;
    private static final Duration LEAST_START = Duration.ofSeconds(60);
    /// Of untimed passes, before the first region that counts: over eight kernels, two links and five arms the first
    /// one was slower than the later ones by 6 % in the mean, those of is by 10 %.
    private static final double SETTLING_SECONDS = 0.25;

    /// A job with the directory that its ranks work in.
    private record Started(Resident resident, Path work, int launch) {}

    private final KernelCell cell;
    private final RankLauncher launcher;
    private final Programs programs;
    private final Function<String, Fabric> fabrics;
    private final Path raw;
    /// By arm and benchmark: how many launches there were.
    private final Map<String, Integer> launches;
    private final Map<String, Started> running = new LinkedHashMap<>();
    private final Map<String, String> troubles = new HashMap<>();
    private final Map<String, Integer> starts = new HashMap<>();

    /// @param fabrics finds the fabric of an arm, brought up anew if it had died
    /// @param raw directory where the programs' own output goes
    /// @param launches counted on here, by [#key]
    KernelResidents(
            KernelCell cell,
            RankLauncher launcher,
            Programs programs,
            Function<String, Fabric> fabrics,
            Path raw,
            Map<String, Integer> launches) {
        this.cell = cell;
        this.launcher = launcher;
        this.programs = programs;
        this.fabrics = fabrics;
        this.raw = raw;
        this.launches = launches;
    }

    /// What launches are counted by.
    static String key(String benchmark, String arm) {
        return benchmark + " " + arm;
    }

    /// Starts the jobs of these arms, one after the other: each warms up on cores of its own. One that does not start
    /// is told when it is asked.
    void start(List<String> arms) throws IOException, InterruptedException {
        for (String arm : arms) {
            try {
                launch(arm);
            } catch (Resident.GoneException | RuntimeException e) {
                troubles.put(arm, text(e));
            }
        }
    }

    private void launch(String arm) throws IOException, InterruptedException, Resident.GoneException {
        Fabric fabric = fabrics.apply(arm);
        starts.merge(arm, 1, Integer::sum);
        int launch = launches.merge(key(cell.toString(), arm), 1, Integer::sum) - 1;
        String name = cell + "_" + arm + "_launch" + launch;
        // An empty working directory: NPB's programs take other sizes from input files that lie about.
        Path work = Files.createTempDirectory("vnetp-nas");
        Resident resident = null;
        boolean ready = false;
        try {
            ProcessBuilder command = launcher.resident(
                    fabric,
                    cell.ranks(),
                    programs.resident(cell, fabric.endpoints().getFirst().address()));
            command.directory(work.toFile());
            // Open MPI keeps its sockets here. In /tmp their names are those of host and user, and a user namespace's
            // root is another than the one who may have left some.
            command.environment().put("TMPDIR", work.toString());
            resident = Resident.start(
                    cell + " over " + arm,
                    command,
                    raw.resolve(fileName(name) + ".out"),
                    raw.resolve(fileName(name) + ".err"),
                    RegionReport::answers);
            // Unless its region is long, it has run it once.
            Optional<RegionReport> verified = RegionReport.parse(resident.answer(startLimit()));
            if (verified.isPresent() && verified.get().seconds() < SETTLING_SECONDS) {
                resident.ask("go " + verified.get().passesFor(SETTLING_SECONDS), startLimit());
            }
            running.put(arm, new Started(resident, work, launch));
            troubles.remove(arm);
            ready = true;
        } finally {
            if (!ready) {
                end(resident, work);
            }
        }
    }

    private Duration startLimit() {
        Duration limit = Duration.ofMillis(Math.round(10_000 * programs.launchSeconds(cell)));
        return limit.compareTo(LEAST_START) < 0 ? LEAST_START : limit;
    }

    private static String fileName(String name) {
        return name.replaceAll("[^A-Za-z0-9._=+-]", "-");
    }

    /// Makes sure that an arm's job can be asked; starts it again if it has died, once.
    ///
    /// @return the number of its launch
    /// @throws Unusable with the reason why it cannot be asked
    int ready(String arm) throws IOException, InterruptedException, Unusable {
        Started started = running.get(arm);
        if (started != null && started.resident().alive()) {
            return started.launch();
        }
        if (started != null) { // died between two regions
            running.remove(arm);
            end(started.resident(), started.work());
        }
        if (starts.getOrDefault(arm, 0) > 1) {
            throw new Unusable(troubles.getOrDefault(arm, "it ended") + " (it was started twice)");
        }
        try {
            launch(arm);
        } catch (Resident.GoneException | RuntimeException e) {
            troubles.put(arm, text(e));
            throw new Unusable(text(e));
        }
        return running.get(arm).launch();
    }

    /// Why an arm gives no result.
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    /// Whether an arm's job can be asked now.
    boolean runs(String arm) {
        Started started = running.get(arm);
        return started != null && started.resident().alive();
    }

    /// Ends an arm's job; the next time it is a new one's turn.
    void end(String arm) throws IOException {
        Started started = running.remove(arm);
        if (started != null) {
            starts.remove(arm);
            end(started.resident(), started.work());
        }
    }

    /// Lets an arm that is [#ready] run its region.
    ///
    /// @param passes through the timed region
    /// @throws Resident.GoneException when it ended or hung over it; it has been ended then
    RegionReport region(String arm, int passes, Duration limit)
            throws IOException, InterruptedException, Resident.GoneException {
        Started started = running.get(arm);
        try {
            return RegionReport.parse(started.resident().ask("go " + passes, limit))
                    .orElseThrow();
        } catch (Resident.GoneException e) {
            troubles.put(arm, text(e));
            running.remove(arm);
            end(started.resident(), started.work());
            throw e;
        }
    }

    private static String text(Exception e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static void end(Resident resident, Path work) throws IOException {
        try {
            if (resident != null) {
                resident.close();
            }
        } finally {
            remove(work);
        }
    }

    /// Ends all of them.
    @Override
    public void close() throws IOException {
        IOException trouble = null;
        running.values().forEach(started -> started.resident().dismiss());
        for (Started started : List.copyOf(running.values())) {
            try {
                end(started.resident(), started.work());
            } catch (IOException e) {
                trouble = e;
            }
        }
        running.clear();
        if (trouble != null) {
            throw trouble;
        }
    }

    /// Removes a working directory with all that programs left in it: cores, timer files.
    static void remove(Path directory) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (var tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
                return;
            } catch (IOException | UncheckedIOException e) {
                // A daemon that is ending removes its own at the same time.
                if (attempt == REMOVALS) {
                    throw new IOException("cannot remove " + directory, e);
                }
            }
        }
    }
}
