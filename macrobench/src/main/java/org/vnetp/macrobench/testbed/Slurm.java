package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The allocation of Slurm in which this process runs, by Slurm's own words: its nodes are the machines, and
/// everything on them is started and ended as a step of the job.
public final class Slurm {
    /// What `--hosts` calls it.
    public static final String WORD = "slurm";

    static final String SRUN = "srun";

    private static final String SCONTROL = "scontrol";
    private static final Pattern TASKS = Pattern.compile("(\\d{1,6})(?:\\(x(\\d{1,6})\\))?");
    private static final Pattern ADDRESS = Pattern.compile("\\d+:\\s+(\\S+)\\s+inet\\s+([0-9.]+)/\\d+.*");
    private static final String MARK = "vnetp-node ";

    private Slurm() {}

    /// Whether this process runs in one.
    public static boolean allocated() {
        String job = System.getenv("SLURM_JOB_ID");
        return job != null && !job.isBlank();
    }

    /// The inventory that `--hosts` names, where it is no number: a file, or [#WORD].
    public static Path inventory(String hosts) {
        return hosts.equals(WORD) ? inventory() : Path.of(hosts).toAbsolutePath();
    }

    /// An inventory of its nodes; the file goes with this process.
    ///
    /// @throws UnavailableException     where there is no allocation, or Slurm's programs are missing
    /// @throws IllegalArgumentException where it has one node
    /// @throws TestbedException         where the nodes do not answer
    public static Path inventory() {
        if (!allocated()) {
            throw new UnavailableException(
                    "--hosts " + WORD + " needs an allocation of Slurm, and SLURM_JOB_ID is not set",
                    "salloc --nodes=2 ./vnetp nas ..., or ./vnetp nas --sbatch FILE");
        }
        Machine.requireProgram(SCONTROL, "tells the nodes of a Slurm job");
        Machine.requireProgram(SRUN, "starts what runs on the nodes of a Slurm job");
        String list = required("SLURM_JOB_NODELIST");
        List<String> nodes = hostnames(list);
        // Slurm makes some name of any text.
        Optional<String> wrong = nodes.stream()
                .filter(node -> !InventoryTestbed.NAME.matcher(node).matches())
                .findFirst();
        if (wrong.isPresent() || nodes.isEmpty()) {
            throw new TestbedException("SLURM_JOB_NODELIST '" + list + "': expected a list of nodes, as n[1-3,7]; "
                    + "scontrol reads " + wrong.map(node -> "'" + node + "'").orElse("none"));
        }
        if (nodes.size() < 2) {
            throw new IllegalArgumentException("--hosts " + WORD + ": the job has one node, " + nodes.getFirst()
                    + "; expected two or more (salloc --nodes=2), or --hosts 2 for namespaces of this machine");
        }
        String job = System.getenv("SLURM_JOB_ID");
        try {
            return Files.writeString(
                    Files.createTempFile(RunDirectory.path(), WORD, ".hosts"),
                    inventory(job, nodes, addresses(job, nodes)));
        } catch (IOException e) {
            throw new TestbedException("cannot write the nodes of the Slurm job: " + e.getMessage(), e);
        }
    }

    private static String required(String variable) {
        String value = System.getenv(variable);
        if (value == null || value.isBlank()) {
            throw new TestbedException(
                    "SLURM_JOB_ID is set and " + variable + " is not: this is no allocation of Slurm");
        }
        return value;
    }

    /// How many tasks the job has on all its nodes together, 0 where it does not say.
    ///
    /// @throws IllegalArgumentException where it is said in words that are not Slurm's
    public static int tasks() {
        String text = System.getenv("SLURM_TASKS_PER_NODE");
        return text == null
                ? 0
                : tasks(text).stream().mapToInt(Integer::intValue).sum();
    }

    /// Numbers as SLURM_TASKS_PER_NODE has them, `2(x3),1`: one a node.
    static List<Integer> tasks(String text) {
        List<Integer> all = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher number = TASKS.matcher(part);
            if (!number.matches()) {
                throw new IllegalArgumentException("SLURM_TASKS_PER_NODE '" + text
                        + "': expected numbers with commas between them, as 2(x3),1; got '" + part + "'");
            }
            int times = number.group(2) == null ? 1 : Integer.parseInt(number.group(2));
            for (int i = 0; i < times; i++) {
                all.add(Integer.parseInt(number.group(1)));
            }
        }
        return all;
    }

    /// The names that a list of nodes in any of Slurm's forms stands for, by Slurm itself.
    static List<String> hostnames(String nodeList) {
        return Shell.run(SCONTROL, "show", "hostnames", nodeList).lines().toList();
    }

    /// The command that runs a step of a job, but for the node's name. It takes no settings of the batch script's own
    /// tasks: those are for the user's program.
    static List<String> srun(String job) {
        List<String> words = new ArrayList<>(List.of("env"));
        System.getenv().keySet().stream()
                .filter(name -> name.matches("(SLURM|SLURMD|SRUN|PMI|PMIX)_.*") && !name.equals("SLURM_CONF"))
                .sorted()
                .forEach(name -> words.addAll(List.of("-u", name)));
        // srun hands its environment on. A launcher's directory for temporary files is its own, and its daemon's on the
        // same machine must be another.
        words.addAll(List.of("-u", "TMPDIR"));
        // Where an agent runs it, such variables have been taken away.
        Optional.ofNullable(System.getenv("SLURM_CONF")).ifPresent(file -> words.add("SLURM_CONF=" + file));
        words.addAll(List.of(
                SRUN,
                "--jobid=" + job,
                "--overlap",
                "--nodes=1",
                "--ntasks=1",
                "--mpi=none",
                "--cpu-bind=none",
                "--mem=0",
                "--quiet"));
        return words;
    }

    /// By one step on all nodes: the address by which Slurm knows a node, and its interface.
    private static Map<String, String> addresses(String job, List<String> nodes) {
        List<String> words = new ArrayList<>(srun(job));
        words.remove("--nodes=1");
        words.remove("--ntasks=1");
        words.addAll(List.of(
                "--nodes=" + nodes.size(),
                "--ntasks=" + nodes.size(),
                "--ntasks-per-node=1",
                "--nodelist=" + String.join(",", nodes),
                "sh",
                "-c",
                "PATH=$PATH:/usr/sbin:/sbin; a=$(ip -o -4 addr show) || exit 1; echo \"$a\" | sed \"s/^/" + MARK
                        + "$SLURMD_NODENAME /\""));
        Map<String, List<String>> said = new LinkedHashMap<>();
        for (String line : Shell.run(words, "").lines().toList()) {
            String[] parts = line.split(" ", 3);
            if (line.startsWith(MARK) && parts.length == 3) {
                said.computeIfAbsent(parts[1], _ -> new ArrayList<>()).add(parts[2]);
            }
        }
        Map<String, String> columns = new LinkedHashMap<>();
        for (String node : nodes) {
            columns.put(node, column(node, nodeAddress(node), said.getOrDefault(node, List.of())));
        }
        return columns;
    }

    private static String nodeAddress(String node) {
        String shown = Shell.run(SCONTROL, "show", "node", "--oneliner", node);
        Matcher address = Pattern.compile("\\bNodeAddr=(\\S+)").matcher(shown);
        String name = address.find() ? address.group(1) : node;
        try {
            return InetAddress.getByName(name).getHostAddress();
        } catch (UnknownHostException e) {
            throw new TestbedException(
                    "the node " + node + " of the Slurm job has no address: " + name + " is unknown", e);
        }
    }

    /// `ADDRESS,INTERFACE` of a node.
    ///
    /// @param lines of `ip -o -4 addr show`
    static String column(String node, String address, List<String> lines) {
        for (String line : lines) {
            Matcher is = ADDRESS.matcher(line);
            if (is.matches() && is.group(2).equals(address)) {
                return address + "," + is.group(1).replaceFirst("@.*", "");
            }
        }
        throw new TestbedException("the node " + node + " of the Slurm job is known by the address " + address
                + ", which none of its interfaces has" + (lines.isEmpty() ? "; no step has run there" : ""));
    }

    static String inventory(String job, List<String> nodes, Map<String, String> columns) {
        StringBuilder text = new StringBuilder("slurm " + job + "\n");
        for (String node : nodes) {
            text.append(node)
                    .append(' ')
                    .append(node)
                    .append(" native=")
                    .append(columns.get(node))
                    .append('\n');
        }
        return text.toString();
    }
}
