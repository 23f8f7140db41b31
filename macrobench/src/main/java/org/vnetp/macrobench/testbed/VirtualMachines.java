package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.vnetp.macrobench.guest.CommandChannel;
import org.vnetp.macrobench.guest.GuestAgent;
import org.vnetp.macrobench.guest.GuestPlan;

/// The virtual machines of one fabric. Each runs in the namespace of its guest, which holds the network that its
/// commands come by (a TAP, [GuestPlan#CONTROL]) and whatever else its fabric puts there; who ends the
/// processes in that namespace and deletes it has removed the machine.
///
/// Settings: those of [MachineMonitor].
final class VirtualMachines {
    /// What the agent's JVM takes is taken from the guest.
    static final List<String> SMALL = List.of(
            "-Xmx24m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=8m",
            "-XX:-UsePerfData",
            "-Xshare:auto");

    private static final String ENTER = """
            #!/bin/bash
            # Runs a command in the virtual machine '%1$s'. Its namespace is held from here on: it may die meanwhile.
            { exec 9< /proc/%2$d/ns/net; } 2> /dev/null || { echo "%1$s: this endpoint is gone" >&2; exit %3$d; }
            exec nsenter --net=/proc/self/fd/9 bash %4$s %1$s %5$s %6$d %7$s %2$d %8$d "$@"
            """;

    private static final String REACH = """
            #!/bin/sh
            # The same from another guest of its fabric.
            exec bash %2$s %1$s %3$s %4$d %5$s - - "$@"
            """;

    private final NamespaceFabric fabric;
    private final MachineMonitor monitor;
    private List<VirtualMachine> machines = List.of();

    /// @throws UnavailableException when this machine lacks a program for it
    VirtualMachines(NamespaceFabric fabric, Map<String, String> settings) {
        this.fabric = fabric;
        monitor = MachineMonitor.of(fabric.spec(), settings);
    }

    /// Starts a machine in each of the fabric's guests and returns when all take commands.
    ///
    /// @param nic of a guest, by its place
    List<MachineEndpoint> boot(List<Place> guests, Function<Place, GuestPlan.Nic> nic, int mtu) {
        return boot(guests, nic, fabric.network(), mtu);
    }

    /// The same, where the NICs are in another network than the fabric's own, whose addresses the caller gives the
    /// guests afterwards.
    ///
    /// @param nicNetwork the number of the NICs' network
    List<MachineEndpoint> boot(List<Place> guests, Function<Place, GuestPlan.Nic> nic, int nicNetwork, int mtu) {
        LabDirectory lab = fabric.testbed().lab();
        Path directory = fabric.directory();
        // Who may read it may run commands in the guests.
        Path secret = lab.writeSecret(directory.resolve("secret"), random() + "\n");
        Path client = lab.write(client(), CommandChannel.CLIENT, true);
        int network = fabric.network();
        monitor.prepare(directory);
        List<VirtualMachine> started = new ArrayList<>();
        List<MachineEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < guests.size(); i++) {
            Place place = guests.get(i);
            makeControl(place, "tuntap add dev " + GuestPlan.CONTROL + " mode tap vnet_hdr");
            List<String> setup = new ArrayList<>(IpSetup.addressing(GuestPlan.NIC, nicNetwork, i, ""));
            setup.addAll(fabric.testbed().ipSetup().introduction(GuestPlan.NIC, nicNetwork, i));
            GuestPlan plan = monitor.plan(
                    place.hostName(),
                    lab.createDirectory(directory.resolve("vm-" + Addresses.hostName(i))),
                    nic.apply(place),
                    mtu,
                    setup,
                    agent(secret));
            VirtualMachine machine = start(plan, place, client, secret, Addresses.ipv4(network, i));
            started.add(machine);
            machines = List.copyOf(started); // so that a failure half-way finds them
            endpoints.add(new MachineEndpoint(machine, i, Addresses.ipv4(network, i), GuestPlan.NIC, mtu));
        }
        for (VirtualMachine machine : started) {
            machine.kernel().await("does not take commands", monitor.readySeconds(), () -> ready(machine.kernel()));
        }
        return endpoints;
    }

    /// Whether a machine takes commands.
    static boolean ready(Daemon kernel) {
        return ProcessFabric.read(kernel.log()).contains(GuestAgent.READY);
    }

    /// Makes this machine's end of the network that commands come by, in the namespace of a guest.
    ///
    /// @param device makes [GuestPlan#CONTROL], as a line of `ip -batch`
    static void makeControl(Place place, String device) {
        Shell.batch(
                "ip",
                place.namespace(),
                List.of(
                        device,
                        "link set dev " + GuestPlan.CONTROL + " addrgenmode none up",
                        "addr add " + GuestPlan.CONTROL_HERE + "/" + GuestPlan.CONTROL_PREFIX + " dev "
                                + GuestPlan.CONTROL));
        // Who asks a machine that dies just then learns of it after seven seconds, and not after two minutes.
        Shell.run(place.enter().toString(), "sh", "-c", "echo 2 > /proc/sys/net/ipv4/tcp_syn_retries");
    }

    private static List<String> agent(Path secret) {
        List<String> words = new ArrayList<>(List.of(Machine.java()));
        words.addAll(SMALL);
        words.addAll(List.of("-cp", Machine.classPath(), GuestAgent.class.getName()));
        words.addAll(List.of(Integer.toString(GuestPlan.AGENT_PORT), secret.toString()));
        return words;
    }

    private VirtualMachine start(GuestPlan plan, Place place, Path client, Path secret, String address) {
        LabDirectory lab = fabric.testbed().lab();
        lab.write(plan.initFile(), plan.init(), true);
        List<String> command = new ArrayList<>(List.of(place.enter().toString()));
        command.addAll(plan.command());
        // Its memory is a file, and where that lies on a disk every page of it is written there.
        Daemon kernel = Daemon.start(
                lab,
                fabric.name(),
                plan.name(),
                "virtual machine",
                command,
                Map.of("TMPDIR", "/dev/shm"),
                plan.directory().resolve("console"));
        String how = String.format(
                Locale.ROOT,
                ENTER,
                plan.name(),
                kernel.id().pid(),
                CommandChannel.GONE,
                client,
                GuestPlan.CONTROL_GUEST,
                GuestPlan.AGENT_PORT,
                secret,
                kernel.id().startTicks());
        String fromGuests =
                String.format(Locale.ROOT, REACH, plan.name(), client, address, GuestPlan.AGENT_PORT, secret);
        return new VirtualMachine(
                plan.name(),
                kernel,
                lab.write(plan.directory().resolve("enter"), how, true),
                lab.write(plan.directory().resolve("reach"), fromGuests, true),
                secret);
    }

    static String random() {
        byte[] bytes = new byte[16];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// Their kernels' processes.
    List<Processes.Id> processes() {
        return machines.stream().map(machine -> machine.kernel().id()).toList();
    }

    /// What they took of this machine's processors.
    List<Counters.Guest> counters() {
        return machines.stream()
                .map(machine -> new Counters.Guest(machine.name(), machine.cpuSeconds()))
                .toList();
    }

    /// Ends what this process has running in them; their kernels are the fabric's to end.
    void hangUp() {
        machines.forEach(VirtualMachine::close);
    }

    /// The ends of their consoles, for messages.
    String logs() {
        StringBuilder text = new StringBuilder();
        machines.forEach(machine -> text.append(machine.kernel().lastWords()));
        return text.toString();
    }

    MachineMonitor monitor() {
        return monitor;
    }

    /// The script by which commands are run in machines, once they are up.
    Path client() {
        return fabric.directory().resolve("client");
    }

    /// How long they may take to reach each other.
    int proofSeconds() {
        return monitor.proofSeconds();
    }

    String description() {
        return monitor.description();
    }
}
