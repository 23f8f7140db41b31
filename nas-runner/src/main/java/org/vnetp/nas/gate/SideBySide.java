package org.vnetp.nas.gate;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.vnetp.macrobench.campaign.CampaignOptions;
import org.vnetp.macrobench.campaign.ResultOptions;
import org.vnetp.macrobench.campaign.StopOnSignal;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Rootless;
import org.vnetp.macrobench.testbed.TestbedException;
import org.vnetp.macrobench.testbed.UnavailableException;
import org.vnetp.reports.gate.GateResult;
import picocli.CommandLine.Option;

/// The options of `./vnetp compare` for two builds that are measured side by side, and what is done with them.
final class SideBySide {
    private static final int MISSING = 4;
    private static final int INTERRUPTED = 130;
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);

    @Option(
            names = "--interleaved",
            description = "Builds two revisions and measures both side by side: REV_A REV_B, or HEAD^ and HEAD.")
    private boolean interleaved;

    @Option(
            names = "--against",
            paramLabel = "DIR",
            description = "Measures this checkout beside another one that has been built.")
    private Path against;

    @Option(
            names = "--fabric",
            paramLabel = "F",
            defaultValue = "vnetp",
            description = "What is measured side by side: vnetp, vnetp-ebpf, vnetp:KEY=VALUE,... Default: vnetp.")
    private String fabric;

    @Option(
            names = "--workloads",
            paramLabel = "W",
            split = ",",
            description =
                    "WORKLOAD:PARAMS:LINK,... of macro side by side; none for none. Default: one TCP stream, at 10"
                            + " Gbit/s and unshaped, frames of 64 bytes, round trips.")
    private List<String> workloads;

    @Option(
            names = "--kernels",
            paramLabel = "K",
            split = ",",
            description = "KERNEL.CLASS.RANKS,... of nas side by side; none for none. Default: is.A.2,cg.W.2.")
    private List<String> kernels;

    @Option(
            names = "--micro",
            paramLabel = "PATTERN",
            description =
                    "Microbenchmarks side by side, as a regular expression; none for none. Default: the codec, the"
                            + " lookup and the whole way.")
    private String micro;

    @Option(
            names = "--rounds",
            paramLabel = "N,M",
            defaultValue = "3,6",
            description = "Rounds of all, then fresh ones of what looked slower. Default: 3,6.")
    private String rounds;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where what is measured side by side goes. Default: results/compare-DATE-TIME.")
    private Path out;

    boolean wanted() {
        return interleaved || against != null;
    }

    /// What becomes of a result.
    interface Told {
        /// @return exit code
        int tell(GateResult result) throws IOException;
    }

    /// @param names the revisions, if any
    /// @param threshold as a factor less 1
    /// @return exit code
    int run(List<String> names, double threshold, long seed, PrintStream stderr, Told told) throws IOException {
        if (interleaved && against != null) {
            throw new IllegalArgumentException("--interleaved takes two revisions, --against a directory; give one");
        }
        if (against != null ? !names.isEmpty() : names.size() == 1) {
            throw new IllegalArgumentException(
                    against != null
                            ? "--against DIR measures this checkout beside DIR; got also '" + names.getFirst() + "'"
                            : "--interleaved: expected two revisions, or none for HEAD^ and HEAD; got " + names);
        }
        Interleaved.What what = what();
        FabricSpec.parse(fabric);
        Path home = home();
        OptionalInt inside = Rootless.runAgainIfNeeded();
        if (inside.isPresent()) {
            return inside.getAsInt();
        }
        Path into = out != null ? out : ResultOptions.directory("compare");
        if (Files.exists(into)) {
            throw new IllegalArgumentException("--out " + into + ": it is there already");
        }
        Files.createDirectories(into);
        try (StopOnSignal stop = StopOnSignal.here(CLEAN_UP);
                Builds builds = new Builds(home, into.toAbsolutePath().resolve("builds"))) {
            Arms arms = against != null ? against(home, builds) : revisions(names, builds, stderr);
            Optional<GateResult> result = new Interleaved(
                            arms.homes(), what, threshold, into.toAbsolutePath(), seed, stderr, stop)
                    .run(arms.base(), arms.head(), arms.difference());
            if (result.isEmpty()) {
                stderr.println("vnetp compare: interrupted; what was measured is in " + into);
                return INTERRUPTED;
            }
            return told.tell(result.get());
        } catch (UnavailableException e) {
            stderr.println("vnetp compare: " + e.getMessage());
            return MISSING;
        } catch (TestbedException e) {
            stderr.println("vnetp compare: " + e.getMessage());
            return GateResult.UNKNOWN;
        } catch (InterruptedException e) {
            return INTERRUPTED;
        }
    }

    /// @param base what it is called
    /// @param difference the commits between them, empty where there are none to name
    private record Arms(String base, String head, String difference, Interleaved.Homes homes) {}

    private Arms against(Path home, Builds builds) throws IOException {
        Builds.requireBuilt(against);
        Builds.requireBuilt(home);
        return new Arms(
                against.toString(),
                "this checkout",
                "",
                new Interleaved.Homes(against, home, builds.copy(against, "base-again")));
    }

    private static Arms revisions(List<String> names, Builds builds, PrintStream stderr)
            throws IOException, InterruptedException {
        String first = builds.commit(names.isEmpty() ? "HEAD^" : names.get(0));
        String second = builds.commit(names.isEmpty() ? "HEAD" : names.get(1));
        String base = builds.subject(first);
        String head = builds.subject(second);
        stderr.println("base: " + base + "\nhead: " + head + "\nbuilding both");
        Path built = builds.build("base", first);
        return new Arms(
                base,
                head,
                builds.difference(first, second),
                new Interleaved.Homes(built, builds.build("head", second), builds.copy(built, "base-again")));
    }

    /// This checkout.
    static Path home() {
        Path at = Machine.home().toAbsolutePath().normalize();
        while (at != null && !Files.isDirectory(at.resolve("overlay-impl"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalArgumentException(
                    "this is no checkout of the project: there is no directory overlay-impl");
        }
        return at;
    }

    private Interleaved.What what() {
        String[] counts = rounds.split(",", -1);
        if (counts.length != 2) {
            throw new IllegalArgumentException("--rounds '" + rounds + "': expected N,M such as 3,6");
        }
        return new Interleaved.What(
                fabric,
                chosen(workloads, Interleaved.What.WORKLOADS),
                chosen(kernels, Interleaved.What.KERNELS),
                micro == null ? MicroRound.USUAL : micro.equals("none") ? "" : micro,
                CampaignOptions.number("--rounds", counts[0], 2, 1000),
                CampaignOptions.number("--rounds", counts[1], 2, 1000));
    }

    private static List<String> chosen(List<String> given, List<String> usual) {
        return given == null ? usual : given.equals(List.of("none")) ? List.of() : given;
    }
}
