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
import java.util.regex.Pattern;

/// Real machines reached by ssh, with the fabrics that their owner has set up on them.
///
/// The inventory file has one host a line, its name, ssh target, and for each fabric
/// `NAME=ADDRESS,INTERFACE`, with a third part where the fabric's endpoint (a virtual machine) has
/// an ssh target of its own. `native` must be among them, and every host must have the same ones. A
/// line `option ...` gives options for every ssh. `#` starts a comment.
///
/// ```
/// option -o StrictHostKeyChecking=accept-new
/// n1  bench@n1.example.org  native=10.0.0.1,eth0  vnetp=10.99.0.1,vnet0
/// n2  bench@n2.example.org  native=10.0.0.2,eth0  vnetp=10.99.0.2,vnet0
/// ```
///
/// Nothing is set up or shaped here, so nothing is removed but a directory on the first machine of
/// each fabric. ssh must work without a password, for MPI also from the first machine to all others,
/// with the same targets and options. Programs of ours need this JDK and these jars at the same
/// paths on every machine. Any login shell will do that can start `/bin/sh`, and what its start-up files
/// print is no answer.
final class InventoryTestbed implements Testbed {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f.:]+");
    private static final Pattern INTERFACE = Pattern.compile("[^\\s/,]{1,15}");
    private static final int CONNECT_SECONDS = 10;

    private final String name;
    private final Path directory;
    private final List<SshHost> hosts = new ArrayList<>();
    private final Map<String, SshFabric> fabrics = new LinkedHashMap<>();
    /// By machine; with the agents of the fabrics whose first endpoint is there.
    private final Map<Ssh, Scratch> scratches = new LinkedHashMap<>();

    private InventoryTestbed(String name, Path directory) {
        this.name = name;
        this.directory = directory;
    }

    /// Where an endpoint is.
    record Column(String address, String interfaceName, String target) {}

    record Row(String name, String target, Map<String, Column> columns) {}

    record Inventory(List<String> options, List<Row> rows) {}

    static InventoryTestbed open(Path file) {
        Machine.requireProgram("ssh", "openssh-client", "reaches the hosts of the inventory");
        Inventory inventory = read(file);
        InventoryTestbed testbed;
        try {
            testbed = new InventoryTestbed(file.getFileName().toString(), RunDirectory.create("ssh"));
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
        return new Inventory(List.copyOf(options), List.copyOf(rows));
    }

    private void connect(Inventory inventory) {
        List<String> ssh = new ArrayList<>(List.of("ssh", "-o", "BatchMode=yes"));
        ssh.addAll(List.of("-o", "ConnectTimeout=" + CONNECT_SECONDS, "-o", "LogLevel=ERROR"));
        ssh.addAll(inventory.options());
        // One connection a machine, kept for the whole campaign: a command then costs milliseconds.
        List<String> sharing = List.of(
                "-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", "ControlPath=" + directory.resolve("%C"));
        for (Row row : inventory.rows()) {
            Column c = row.columns().get(FabricSpec.NATIVE_NAME);
            Ssh reach = new Ssh(ssh, sharing, row.target());
            hosts.add(new SshHost(row.name(), hosts.size(), c.address(), c.interfaceName(), reach));
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
                        new Ssh(ssh, sharing, c.target())));
            }
            fabrics.put(fabric, new SshFabric(fabric, hosts, endpoints, directory));
        }
        machines().forEach(Ssh::greet);
        fabrics.values().forEach(SshFabric::prove);
        for (SshFabric fabric : fabrics.values()) {
            SshEndpoint first = fabric.sshEndpoints().getFirst();
            fabric.putAgent(scratches.computeIfAbsent(first.ssh(), _ -> Scratch.at(first)));
        }
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
        Fabric fabric = fabrics.get(spec.name());
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
        Ssh.Answer answer = hosts.getFirst().ssh().ask("cat /proc/sys/net/ipv4/tcp_congestion_control");
        return answer.output().strip() + " (the machines' default)";
    }

    @Override
    public void close() {
        scratches.values().forEach(Scratch::close);
        List<Process> closing = new ArrayList<>();
        machines().forEach(ssh -> ssh.hangUp().ifPresent(closing::add));
        for (Process process : closing) {
            try {
                process.waitFor(2, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        LabDirectory.deleteTree(directory);
    }

    /// Each once.
    private Set<Ssh> machines() {
        Set<Ssh> all = new LinkedHashSet<>();
        hosts.forEach(host -> all.add(host.ssh()));
        fabrics.values().forEach(fabric -> fabric.sshEndpoints().forEach(e -> all.add(e.ssh())));
        return all;
    }

    record SshHost(String name, int index, String address, String interfaceName, Ssh ssh) implements Host {
        @Override
        public ProcessBuilder command(List<String> command) {
            return ssh.run(command);
        }
    }

    record SshEndpoint(String hostName, int hostIndex, String address, String interfaceName, Ssh ssh)
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
            return ssh.run(command);
        }

        @Override
        public ProcessBuilder tethered(List<String> command) {
            return ssh.tethered(command);
        }

        @Override
        public boolean here() {
            return false;
        }

        @Override
        public Optional<String> lacks(List<String> programs) {
            StringBuilder script = new StringBuilder();
            for (String program : programs) {
                String word = Ssh.quote(program);
                script.append(program.startsWith("/") ? "test -e " + word : "command -v " + word + " > /dev/null");
                script.append(" || { echo ").append(word).append("; exit; }\n");
            }
            return ssh.ask(script.toString()).output().lines().findFirst();
        }
    }
}
