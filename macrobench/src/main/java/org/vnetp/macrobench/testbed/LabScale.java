package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `vnetp lab scale`: labs of many small nodes, one after the other, each measured and taken down.
@Command(
        name = "scale",
        description = {
            "Brings up labs of many small nodes, one after the other: how long they take to start, whether each guest "
                    + "reaches each other, and what memory and CPU a node takes. Removes them again, however it ends.",
            "Exit code 1 where a pair of guests did not reach each other."
        },
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        sortOptions = false,
        showDefaultValues = true)
final class LabScale implements Callable<Integer> {
    /// What makes a node small: half of the usual heap, and one compiler, whose code is slower and takes less.
    private static final Map<String, String> SMALL =
            Map.of("heap", "16m", "java", "-XX:TieredStopAtLevel=1", VnetpSettings.WARM_UP, "0");

    /// A node with more links than this wants more heap: a hub of 253 links ended for want of it with 16 MB.
    private static final int MANY_HOSTS = 64;

    private static final String MANY_LINKS_HEAP = "48m";
    private static final Duration SWEEP_WITHIN = Duration.ofMinutes(5);
    private static final long NODE_KB = 64 * 1024;
    private static final String FABRIC = "scale";

    @Option(
            names = "--hosts",
            paramLabel = "N",
            split = ",",
            defaultValue = "16,64",
            description = "Hosts of a lab, 2 to 254; several with commas.")
    private List<Integer> hosts;

    @Option(
            names = "--topology",
            paramLabel = "TOPOLOGY",
            split = ",",
            defaultValue = "mesh,star",
            description = "mesh: each node has a link to each other; star: all over the first one.")
    private List<String> topologies;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of the fabric vnetp instead of a small node's, as heap=24m, warm-up=300, "
                    + "java=-XX:+UseSerialGC or wire=vxlan; repeat it for more.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--silent",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "For how long the nodes' CPU time is taken while no guest sends, 1 to 600.")
    private int silent;

    @Option(names = "--csv", paramLabel = "FILE", description = "Writes the table as CSV, all columns, too.")
    private Path csv;

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<ScaleLab> labs = labs();
        List<String> lines = new ArrayList<>(List.of(ScaleCell.CSV_HEAD));
        writeCsv(lines);
        boolean whole = true;
        ScaleCell.tableHead().forEach(out::println);
        for (ScaleLab lab : labs) {
            requireMemory(lab.hosts());
            ScaleCell cell = lab.measure(silent);
            out.println(cell.tableRow());
            lines.add(cell.csvRow());
            writeCsv(lines);
            if (!cell.sweep().whole()) {
                whole = false;
                err.printf(
                        Locale.ROOT,
                        "vnetp lab scale: %d hosts, %s: %d of %d pairs did not answer within %d s, as %s%n",
                        cell.hosts(),
                        cell.topology(),
                        cell.sweep().pairs() - cell.sweep().answered(),
                        cell.sweep().pairs(),
                        SWEEP_WITHIN.toSeconds(),
                        String.join(", ", cell.sweep().missing()));
            }
        }
        return whole ? 0 : LabMain.FAILED;
    }

    /// What is to be measured, all of it checked before anything is brought up.
    private List<ScaleLab> labs() {
        if (silent < 1 || silent > 600) {
            throw new IllegalArgumentException("--silent " + silent + ": expected 1 to 600 seconds");
        }
        List<ScaleLab> labs = new ArrayList<>();
        for (int n : hosts) {
            if (n < 2 || n > TestbedSpec.MAX_HOSTS) {
                throw new IllegalArgumentException(
                        "--hosts " + n + ": expected numbers from 2 to " + TestbedSpec.MAX_HOSTS);
            }
            for (String topology : topologies) {
                if (!List.of("mesh", "star").contains(topology)) {
                    throw new IllegalArgumentException("--topology " + topology + ": expected mesh or star");
                }
                Map<String, String> options = new LinkedHashMap<>(SMALL);
                if (n > MANY_HOSTS) {
                    options.put("heap", MANY_LINKS_HEAP);
                }
                options.putAll(settings);
                options.put("topology", topology);
                labs.add(new ScaleLab(
                        n, topology, new FabricSpec(FABRIC, FabricSpec.Kind.VNETP, options), SWEEP_WITHIN));
            }
        }
        return labs;
    }

    private void writeCsv(List<String> lines) throws IOException {
        if (csv != null) {
            Files.write(csv, lines);
        }
    }

    private static void requireMemory(int nodes) throws IOException {
        long available = Machine.availableMemory() >> 10;
        if (available < nodes * NODE_KB) {
            throw new UnavailableException(
                    nodes + " nodes want up to " + nodes * NODE_KB / 1024 + " MB of memory, and " + available / 1024
                            + " MB are available",
                    "fewer --hosts, or a machine with more memory");
        }
    }
}
