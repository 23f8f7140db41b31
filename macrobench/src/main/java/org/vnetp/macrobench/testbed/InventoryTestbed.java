package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// Real machines reached by ssh, with the fabrics that their owner has set up on them.
///
/// The inventory file has one host a line, its name, ssh target, and for each fabric `NAME=ADDRESS,INTERFACE`,
/// with a third part where the fabric's endpoint (a virtual machine) has an ssh target of its own. `native`
/// must be among them, and every host must have the same ones. A line `option ...` gives options for every ssh.
/// `#` starts a comment.
///
/// ```
/// option -o StrictHostKeyChecking=accept-new
/// n1  bench@n1.example.org  native=10.0.0.1,eth0  vnetp=10.99.0.1,vnet0
/// n2  bench@n2.example.org  native=10.0.0.2,eth0  vnetp=10.99.0.2,vnet0
/// ```
///
/// A line `slurm JOB` says that the machines are reached as steps of that job of Slurm instead, their targets
/// being names of its nodes ([Slurm]).
///
/// Links are not shaped here, and nothing is set up but the fabric `vnetp` where the file has none of that
/// name: a node of ours on every machine for as long as the testbed is up ([MachineNode]). ssh must work
/// without a password, for MPI also from the first machine to all others, with the same targets and options.
/// Programs of ours need this JDK and these jars at the same paths on every machine; where one has them not,
/// all run from a [Pack] that is copied to those that lack it, once. Any login shell will do that can start
/// `/bin/sh`, and what its start-up files print is no answer.
final class InventoryTestbed implements Testbed {
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f.:]+");
    private static final Pattern INTERFACE = Pattern.compile("[^\\s/,]{1,15}");
    private static final int CONNECT_SECONDS = 10;
    private static final Pattern SLURM_JOB = Pattern.compile("\\d{1,10}(_\\d{1,10}|\\+\\d{1,5})?");

    private final String name;
    private final Path directory;
    private final Supplier<Pack.Archive> pack;
    /// Each once.
    private final Set<Reach> machines = new LinkedHashSet<>();
    private final List<SshHost> hosts = new ArrayList<>();
    private final Map<String, SshFabric> fabrics = new LinkedHashMap<>();
    /// By machine; with the agents of the fabrics whose first endpoint is there.
    private final Map<Reach, Scratch> scratches = new LinkedHashMap<>();

    private InventoryTestbed(String name, Path directory, Supplier<Pack.Archive> pack) {
        this.name = name;
        this.directory = directory;
        this.pack = pack;
    }

    /// Where an endpoint is.
    record Column(String address, String interfaceName, String target) {}

    record Row(String name, String target, Map<String, Column> columns) {}

    /// @param job of Slurm; empty: machines are reached by ssh
    record Inventory(List<String> options, Optional<String> job, List<Row> rows) {}

    /// @param pack makes the archive for machines that have not what we run
    static InventoryTestbed open(Path file, Supplier<Pack.Archive> pack) {
        Inventory inventory = read(file);
        if (inventory.job().isEmpty()) {
            Machine.requireProgram("ssh", "reaches the hosts of the inventory");
        } else {
            Machine.requireProgram(Slurm.SRUN, "starts what runs on the nodes of a Slurm job");
        }
        InventoryTestbed testbed;
        try {
            testbed = new InventoryTestbed(file.getFileName().toString(), RunDirectory.create("ssh"), pack);
        } catch (IOException e) {
            throw new TestbedException("cannot create a directory for ssh's connections", e);
        }
        try {
            testbed.connect(inventory);
            return testbed;
        } catch (RuntimeException | Error e) {
            testbed.close();
            throw e;
        }
    }

    static Inventory read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the inventory " + file + ": " + e.getMessage(), e);
        }
        return parse(file.toString(), text);
    }

    static Inventory parse(String source, String text) {
        List<String> options = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        Optional<String> job = Optional.empty();
        Set<String> names = new LinkedHashSet<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String where = source + " line " + number + ": ";
            String bare = line.replaceFirst("(^|\\s)#.*", "").strip();
            if (bare.isEmpty()) {
                continue;
            }
            String[] words = bare.split("\\s+");
            if (words[0].equals("option")) {
                options.addAll(List.of(words).subList(1, words.length));
                continue;
            }
            if (words[0].equals("slurm") && words.length == 2) {
                if (!SLURM_JOB.matcher(words[1]).matches()) {
                    throw new IllegalArgumentException(
                            where + "expected slurm and a job's number, got '" + words[1] + "'");
                }
                job = Optional.of(words[1]);
                continue;
            }
            if (words.length < 3) {
                throw new IllegalArgumentException(
                        where + "expected NAME SSH-TARGET native=ADDRESS,INTERFACE ..., got '" + bare + "'");
            }
            if (!NAME.matcher(words[0]).matches() || words[1].startsWith("-")) {
                throw new IllegalArgumentException(
                        where + "not a host name and ssh target: '" + words[0] + " " + words[1] + "'");
            }
            if (!names.add(words[0])) {
                throw new IllegalArgumentException(where + "host '" + words[0] + "' is there twice");
            }
            Map<String, Column> columns = new LinkedHashMap<>();
            for (int i = 2; i < words.length; i++) {
                int equals = words[i].indexOf('=');
                String[] parts = words[i].substring(equals + 1).split(",", -1);
                boolean good = equals > 0
                        && (parts.length == 2 || parts.length == 3 && !parts[2].startsWith("-"))
                        && ADDRESS.matcher(parts[0]).matches()
                        && INTERFACE.matcher(parts[1]).matches();
                if (!good) {
                    throw new IllegalArgumentException(
                            where + "expected FABRIC=ADDRESS,INTERFACE[,SSH-TARGET], got '" + words[i] + "'");
                }
                String target = parts.length == 3 ? parts[2] : words[1];
                if (columns.put(words[i].substring(0, equals), new Column(parts[0], parts[1], target)) != null) {
                    throw new IllegalArgumentException(
                            where + "'" + words[i].substring(0, equals) + "' is there twice");
                }
            }
            if (!columns.containsKey(FabricSpec.NATIVE_NAME)) {
                throw new IllegalArgumentException(where + "native=ADDRESS,INTERFACE is missing");
            }
            if (!rows.isEmpty() && !rows.getFirst().columns().keySet().equals(columns.keySet())) {
                throw new IllegalArgumentException(where + "expected the fabrics "
                        + String.join(", ", rows.getFirst().columns().keySet()) + " as in the first host's line, got "
                        + String.join(", ", columns.keySet()));
            }
            rows.add(new Row(words[0], words[1], columns));
        }
        if (rows.size() < 2) {
            throw new IllegalArgumentException(source + ": expected two hosts or more, got " + rows.size());
        }
        return new Inventory(List.copyOf(options), job, List.copyOf(rows));
    }

    private void connect(Inventory inventory) {
        Function<String, Reach> way = inventory.job().isPresent()
                ? node -> Reach.byStep(Slurm.srun(inventory.job().get()), node)
                : bySsh(inventory.options());
        for (Row row : inventory.rows()) {
            machines.add(way.apply(row.target()));
            row.columns().values().forEach(column -> machines.add(way.apply(column.target())));
        }
        machines.forEach(Reach::greet);
        Optional<Pack.Installed> installed = Pack.where(machines, pack);
        for (Row row : inventory.rows()) {
            Column c = row.columns().get(FabricSpec.NATIVE_NAME);
            hosts.add(new SshHost(
                    row.name(), hosts.size(), c.address(), c.interfaceName(), way.apply(row.target()), installed));
        }
        for (String fabric : inventory.rows().getFirst().columns().keySet()) {
            List<SshEndpoint> endpoints = new ArrayList<>();
            for (int i = 0; i < hosts.size(); i++) {
                Column c = inventory.rows().get(i).columns().get(fabric);
                endpoints.add(new SshEndpoint(
                        hosts.get(i).name() + (fabric.equals(FabricSpec.NATIVE_NAME) ? "" : "-" + fabric),
                        i,
                        c.address(),
                        c.interfaceName(),
                        way.apply(c.target()),
                        installed));
            }
            fabrics.put(fabric, new SshFabric(fabric, hosts, endpoints, directory));
        }
        fabrics.values().forEach(SshFabric::prove);
        fabrics.values().forEach(this::putAgent);
    }

    private Function<String, Reach> bySsh(List<String> options) {
        List<String> all = new ArrayList<>(
                List.of("-o", "BatchMode=yes", "-o", "ConnectTimeout=" + CONNECT_SECONDS, "-o", "LogLevel=ERROR"));
        all.addAll(options);
        // One connection a machine, kept for the whole campaign: a command then costs milliseconds.
        List<String> sharing = List.of(
                "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", "ControlPath=" + directory.resolve("%C"));
        return target -> Reach.bySsh(all, sharing, target);
    }

    private void putAgent(SshFabric fabric) {
        SshEndpoint first = fabric.sshEndpoints().getFirst();
        fabric.putAgent(scratches.computeIfAbsent(first.ssh(), _ -> Scratch.at(first)));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Host> hosts() {
        return List.copyOf(hosts);
    }

    @Override
    public Fabric fabric(FabricSpec spec) {
        SshFabric fabric = fabrics.get(spec.name());
        if (fabric == null && spec.kind() == FabricSpec.Kind.VNETP) {
            fabric = MachineNode.fabric(spec, fabrics.size(), hosts, directory);
            fabrics.put(spec.name(), fabric);
            fabric.prove();
            putAgent(fabric);
        }
        if (fabric == null) {
            throw new IllegalArgumentException("the inventory " + name + " has no fabric '" + spec.name() + "'; it has "
                    + String.join(", ", fabrics.keySet()));
        }
        return fabric;
    }

    @Override
    public List<Fabric> fabrics() {
        return List.copyOf(fabrics.values());
    }

    /// Unknown, and said to be none.
    @Override
    public LinkRate linkRate() {
        return LinkRate.NONE;
    }

    @Override
    public void setLinkRate(LinkRate rate) {
        if (rate.shaped()) {
            throw new IllegalArgumentException("the links of real machines are not shaped: link rate must be none");
        }
    }

    @Override
    public String congestionControl() {
        Reach.Answer answer = hosts.getFirst().ssh().ask("cat /proc/sys/net/ipv4/tcp_congestion_control");
        return answer.output().strip() + " (the machines' default)";
    }

    @Override
    public void close() {
        fabrics.values().forEach(SshFabric::close);
        scratches.values().forEach(Scratch::close);
        List<Process> closing = new ArrayList<>();
        machines.forEach(ssh -> ssh.hangUp().ifPresent(closing::add));
        for (Process process : closing) {
            try {
                process.waitFor(2, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        LabDirectory.deleteTree(directory);
    }

    record SshHost(
            String name, int index, String address, String interfaceName, Reach ssh, Optional<Pack.Installed> installed)
            implements Host {
        @Override
        public ProcessBuilder command(List<String> command) {
            return ssh.run(Pack.words(installed, command));
        }

        /// As [SshEndpoint#tethered].
        ProcessBuilder tethered(List<String> command) {
            return ssh.tethered(Pack.words(installed, command));
        }
    }

    /// @param installed where programs of ours are run from; empty: from where they are here
    record SshEndpoint(
            String hostName,
            int hostIndex,
            String address,
            String interfaceName,
            Reach ssh,
            Optional<Pack.Installed> installed)
            implements Endpoint {
        @Override
        public String address6() {
            return "";
        }

        @Override
        public int mtu() {
            return Integer.parseInt(ssh.ask("cat /sys/class/net/" + interfaceName + "/mtu")
                    .output()
                    .strip());
        }

        @Override
        public ProcessBuilder command(List<String> command) {
            return ssh.run(Pack.words(installed, command));
        }

        @Override
        public ProcessBuilder tethered(List<String> command) {
            return ssh.tethered(Pack.words(installed, command));
        }

        @Override
        public boolean here() {
            return false;
        }

        @Override
        public Optional<String> lacks(List<String> programs) {
            List<String> foreign = installed.isEmpty()
                    ? programs
                    : programs.stream()
                            .filter(program -> !Machine.ourFiles().contains(program))
                            .toList();
            return ssh.lacks(foreign);
        }
    }
}
