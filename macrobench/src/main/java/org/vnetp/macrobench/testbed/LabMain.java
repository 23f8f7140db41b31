package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `vnetp lab`: a testbed to play in.
@Command(
        name = "vnetp lab",
        description = "A testbed to play in: hosts as namespaces of this machine, with any fabrics between them.",
        subcommands = {LabMain.Up.class, LabMain.Exec.class, LabMain.Down.class, LabMain.ListLabs.class, LabScale.class
        },
        mixinStandardHelpOptions = true,
        version = "${sys:vnetp.version:-vnetp}",
        synopsisSubcommandLabel = "(up | exec | down | list | scale)")
public final class LabMain implements Callable<Integer> {
    /// Exit codes common to all programs of the suite.
    static final int FAILED = 1;

    static final int USAGE = 2;
    static final int UNAVAILABLE = 4;

    private static final String NODES_WARM_UP_MS = "300";
    static final String DEFAULT_LAB = "lab";

    @Spec
    CommandSpec command;

    public static void main(String[] arguments) {
        CommandLine line = commandLine();
        // Help and wrong usage need no privilege.
        if (arguments.length > 0
                && List.of("up", "exec", "down", "list", "scale").contains(arguments[0])) {
            try {
                OptionalInt inside = Rootless.runAgainIfNeeded();
                if (inside.isPresent()) {
                    System.exit(inside.getAsInt());
                }
            } catch (TestbedException e) {
                System.err.println("vnetp lab: " + e.getMessage());
                System.exit(e instanceof UnavailableException ? UNAVAILABLE : FAILED);
            }
        }
        System.exit(line.execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new LabMain());
        line.setExecutionExceptionHandler((e, failed, parsed) -> {
            PrintStream err = System.err;
            err.println("vnetp lab: " + (e.getMessage() == null ? e : e.getMessage()));
            if (e instanceof UnavailableException) {
                return UNAVAILABLE;
            }
            if (e instanceof IllegalArgumentException) {
                return USAGE;
            }
            if (!(e instanceof TestbedException)) {
                e.printStackTrace(err);
            }
            return FAILED;
        });
        // What follows the host's name belongs to the command that runs there.
        line.setStopAtPositional(true);
        return line;
    }

    @Override
    public Integer call() {
        throw new ParameterException(command.commandLine(), "expected up, exec, down, list or scale");
    }

    /// `vnetp lab up`.
    @Command(
            name = "up",
            description = "Brings a lab up and leaves it up.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}",
            showDefaultValues = true)
    static final class Up implements Callable<Integer> {
        @Option(names = "--hosts", paramLabel = "N", defaultValue = "2", description = "2 to 254 hosts.")
        int hosts;

        @Option(
                names = "--fabric",
                paramLabel = "FABRIC",
                defaultValue = UsualFabrics.LAB,
                description = "Fabrics, the first is the one that exec chooses; native is always there. "
                        + FabricSpec.NAMES + " or file:PATH, "
                        + "with settings NAME=KIND:KEY=VALUE,... Repeat the option for fabrics with settings. "
                        + "Our nodes warm up for 300 ms here, for up to 10 s in campaigns (warm-up=10000).")
        List<String> fabrics;

        @Option(
                names = "--link",
                paramLabel = "RATE",
                defaultValue = "none",
                description = "Rate of every host's link: none, 1gbit, 10gbit.")
        String link;

        @Option(
                names = "--mtu",
                paramLabel = "BYTES",
                defaultValue = "1500",
                description = "MTU of the network between the hosts.")
        int mtu;

        @Mixin
        private final SiteOptions sites = new SiteOptions();

        @Option(names = "--name", paramLabel = "LAB", defaultValue = DEFAULT_LAB, description = "The lab's name.")
        String name;

        @Override
        public Integer call() {
            List<FabricSpec> specs = parseFabrics(fabrics);
            TestbedSpec spec = new TestbedSpec(name, hosts, LinkRate.parse(link), mtu, sites.sites(false));
            try (NamespaceTestbed testbed = NamespaceTestbed.up(spec)) {
                List<Fabric> wanted = new ArrayList<>();
                for (FabricSpec fabric : specs) {
                    System.err.println("bringing up " + fabric.name() + " ...");
                    wanted.add(testbed.fabric(soon(fabric)));
                }
                testbed.lab().prefer(wanted.getFirst().name());
                testbed.detach();
                print(testbed, wanted);
            }
            return 0;
        }

        private void print(NamespaceTestbed testbed, List<Fabric> wanted) {
            PrintStream out = System.out;
            out.printf(
                    Locale.ROOT,
                    "lab %s: %d hosts, %s, link %s, MTU %d, TCP congestion control %s%n",
                    name,
                    hosts,
                    testbed.spec().sites(),
                    testbed.linkRate(),
                    mtu,
                    testbed.congestionControl());
            for (Fabric fabric : wanted) {
                out.printf("%nfabric %s: %s%n", fabric.name(), fabric.description());
                for (Endpoint e : fabric.endpoints()) {
                    out.printf("  %-16s %-15s %s%n", e.hostName(), e.address(), e.address6());
                }
            }
            String first = wanted.getFirst().endpoints().get(0).hostName();
            String second = wanted.getFirst().endpoints().get(1).hostName();
            String option = name.equals(DEFAULT_LAB) ? "" : "--name " + name + " ";
            out.printf("%nrun a command:   ./vnetp lab exec %s%s ping -c 3 %s%n", option, first, second);
            for (Fabric fabric : wanted) {
                if (fabric instanceof VnetpFabric vnetp) {
                    vnetp.talking().forEach(command -> out.printf("talk to a node:  %s%n", command));
                }
            }
            out.printf("remove it:       ./vnetp lab down %s%n", name);
        }
    }

    /// `vnetp lab exec`.
    @Command(
            name = "exec",
            description = "Runs a command at an endpoint; the exit code is the command's.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class Exec implements Callable<Integer> {
        @Option(names = "--name", paramLabel = "LAB", description = "The lab, where several are up.")
        String name;

        @Option(names = "--fabric", paramLabel = "FABRIC", description = "The fabric that a host name like 'a' is of.")
        String fabric;

        @Parameters(
                index = "0",
                paramLabel = "HOST",
                description =
                        "An endpoint's name like a-vnetp, or a host's like a, or guest-1, with --fabric or the lab's "
                                + "first one.")
        String host;

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD", description = "The command and its arguments.")
        List<String> words;

        @Override
        public Integer call() throws IOException, InterruptedException {
            requirePrivilege();
            LabDirectory lab = choose(name);
            LabDirectory.EndpointEntry endpoint = find(lab);
            List<String> command = new ArrayList<>();
            command.add(endpoint.enter().toString());
            command.addAll(withoutSeparator());
            Process process = Child.of(command).inheritIO().start();
            // An interrupt from the terminal reaches the command as well; its exit code is what counts.
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "exec-end"));
            return process.waitFor();
        }

        /// Who is used to other programs that run commands elsewhere says `exec HOST -- CMD`.
        private List<String> withoutSeparator() {
            if (!words.getFirst().equals("--")) {
                return words;
            }
            if (words.size() == 1) {
                throw new IllegalArgumentException("lab exec " + host + " --: expected a command");
            }
            return words.subList(1, words.size());
        }

        private LabDirectory.EndpointEntry find(LabDirectory lab) {
            List<LabDirectory.EndpointEntry> all = lab.endpoints();
            // A bare 'a' is the guest of host a on the fabric asked for or the lab's first, not the host itself.
            String chosen = fabric != null ? fabric : lab.preferredFabric();
            for (LabDirectory.EndpointEntry e : all) {
                boolean named = e.hostName().equals(host)
                        || Addresses.hostName(e.hostIndex()).equals(host)
                        || Addresses.guestName(e.hostIndex()).equals(host);
                if (named && e.fabric().equals(chosen)) {
                    return e;
                }
            }
            if (fabric == null) {
                for (LabDirectory.EndpointEntry e : all) {
                    if (e.hostName().equals(host)) {
                        return e;
                    }
                }
            }
            throw new IllegalArgumentException("lab " + lab.name() + " has no endpoint '" + host + "'"
                    + (fabric == null ? "" : " on fabric '" + fabric + "'") + "; there are "
                    + all.stream().map(LabDirectory.EndpointEntry::hostName).collect(Collectors.joining(", ")));
        }
    }

    /// `vnetp lab down`.
    @Command(
            name = "down",
            description = "Removes labs and all that is theirs.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class Down implements Callable<Integer> {
        @Option(names = "--all", description = "All labs, those of running campaigns too.")
        boolean all;

        @Option(names = "--name", paramLabel = "LAB", description = "The lab, where several are up.")
        String option;

        @Parameters(arity = "0..1", paramLabel = "LAB", description = "The lab, where several are up.")
        String name;

        @Override
        public Integer call() {
            requirePrivilege();
            for (String stale : LabDirectory.removeStale()) {
                System.out.println("removed " + stale + ", whose run was killed");
            }
            if (all) {
                for (LabDirectory lab : LabDirectory.all()) {
                    remove(lab);
                }
                return 0;
            }
            String wanted = name != null ? name : option;
            if (wanted == null && LabDirectory.all().isEmpty()) {
                System.err.println("no lab is up");
                return 0;
            }
            remove(choose(wanted));
            return 0;
        }

        private static void remove(LabDirectory lab) {
            lab.remove();
            System.out.println("removed " + lab.name());
        }
    }

    /// `vnetp lab list`.
    @Command(
            name = "list",
            description = "Shows the labs that are up.",
            mixinStandardHelpOptions = true,
            version = "${sys:vnetp.version:-vnetp}")
    static final class ListLabs implements Callable<Integer> {
        @Override
        public Integer call() {
            requirePrivilege();
            for (LabDirectory lab : LabDirectory.all()) {
                System.out.println(lab.name() + (lab.detached() ? "" : "  (of a running campaign)"));
                for (LabDirectory.EndpointEntry e : lab.endpoints()) {
                    System.out.printf("  %-16s %-15s fabric %s%n", e.hostName(), e.address(), e.fabric());
                }
            }
            return 0;
        }
    }

    /// Splits lists at commas, but leaves the commas between a fabric's settings.
    static List<FabricSpec> parseFabrics(List<String> texts) {
        List<FabricSpec> specs = new ArrayList<>();
        for (String text : texts) {
            specs.addAll(FabricSpec.parseList(text));
        }
        return specs;
    }

    /// A fabric that is up soon: its nodes warm up for as long as a node does by itself (`./vnetp node`), unless asked
    /// for more.
    static FabricSpec soon(FabricSpec spec) {
        boolean ours = spec.kind() == FabricSpec.Kind.VNETP || spec.kind() == FabricSpec.Kind.VNETP_VM;
        return ours && !spec.options().containsKey(VnetpSettings.WARM_UP)
                ? spec.withOption(VnetpSettings.WARM_UP, NODES_WARM_UP_MS)
                : spec;
    }

    private static void requirePrivilege() {
        if (!Machine.hasCapabilities()) {
            Machine.requireNamespaces();
        }
    }

    private static LabDirectory choose(String name) {
        List<LabDirectory> all = LabDirectory.all();
        String there = all.isEmpty()
                ? "none is up"
                : "up are " + all.stream().map(LabDirectory::name).collect(Collectors.joining(", "));
        if (name != null) {
            LabDirectory lab = LabDirectory.open(name);
            if (lab == null) {
                throw new IllegalArgumentException("no lab named '" + name + "'; " + there);
            }
            return lab;
        }
        List<LabDirectory> detached =
                all.stream().filter(LabDirectory::detached).toList();
        if (detached.size() != 1) {
            throw new IllegalArgumentException("which lab? " + there);
        }
        return detached.getFirst();
    }
}
