package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.vnetp.macrobench.guest.GuestAgent;
import org.vnetp.macrobench.guest.GuestPlan;
import org.vnetp.macrobench.guest.MovingQemu;
import org.vnetp.macrobench.guest.Qemu;
import org.vnetp.macrobench.guest.QemuMonitor;
import org.vnetp.overlay.control.ControlClient;
import tools.jackson.databind.JsonNode;

/// A virtual machine that QEMU moves to another QEMU while it runs (live migration), from the node of one host to that
/// of another. Its memory is copied, what is written meanwhile again, that by the nodes included: they mark it in
/// QEMU's log.
///
/// ```
///   namespace of the guest           hosts
///   QEMU ---- rings ---------------- node of b: nic travel0
///     |  ctl-b                         |
///   bridge ctl0                        | links
///     |  ctl-c                         |
///   QEMU ---- rings ---------------- node of c: nic travel0
/// ```
///
/// The way of commands goes on over a move: the bridge has both QEMUs' TAPs.
final class QemuTraveller implements Traveller {
    private static final String NIC = "travel0";
    private static final Duration LONGEST_MOVE = Duration.ofSeconds(60);
    private static final int LISTENING_SECONDS = 30;
    /// Bytes a second; QEMU's own default is of 2010.
    private static final long MOST_BANDWIDTH = 1L << 30;
    /// How long the guest may stand still; QEMU's default.
    private static final int DOWNTIME_MS = 300;

    private static final int POLL_MS = 2;
    private static final String ENTER = """
            #!/bin/bash
            # Runs a command in the guest '%1$s', at whatever host it is. Its files are its own, not those at hand.
            cd / && exec nsenter --net=/run/netns/%2$s bash %3$s %1$s %4$s %5$d %6$s - - "$@"
            """;

    private final VnetpMachineFabric fabric;
    private final MachineMonitor.OfQemu qemu;
    private final List<NamespaceHost> hosts;
    private final Place place;
    private final Path directory;
    private final String mac;
    private final String address;
    private final int number;
    private final Path secret;
    private final Path enter;
    private Qemu.Boot boot;
    private Stay stay;
    private Pause pause;

    /// The guest at a host, or what waits for it there.
    ///
    /// @param plan of the QEMU that has it
    private record Stay(NamespaceHost host, MovingQemu plan, Daemon kernel) {}

    /// @param machines the fabric's others, which are up
    QemuTraveller(VnetpMachineFabric fabric, MachineMonitor.OfQemu qemu, VirtualMachines machines, int host) {
        this.fabric = fabric;
        this.qemu = qemu;
        hosts = fabric.testbed().namespaceHosts();
        number = hosts.size(); // after the last guest's
        mac = Addresses.mac(fabric.network(), number);
        address = Addresses.ipv4(fabric.network(), number);
        place = fabric.createTraveller();
        LabDirectory lab = fabric.testbed().lab();
        directory = lab.createDirectory(fabric.directory().resolve("moving"));
        secret = lab.writeSecret(directory.resolve("secret"), VirtualMachines.random());
        enter = lab.write(
                directory.resolve("enter"),
                String.format(
                        Locale.ROOT,
                        ENTER,
                        place.hostName(),
                        place.namespace(),
                        machines.client(),
                        GuestPlan.CONTROL_GUEST,
                        GuestPlan.AGENT_PORT,
                        secret),
                true);
        try {
            VirtualMachines.makeControl(
                    place,
                    "link add " + GuestPlan.CONTROL + " type bridge stp_state 0 mcast_snooping 0 forward_delay 0");
            boot = files();
            stay = begin(hosts.get(host), false);
            stay.kernel()
                    .await("does not take commands", qemu.readySeconds(), () -> VirtualMachines.ready(stay.kernel()));
            route(host);
            acquaint();
        } catch (RuntimeException e) {
            Undo.after(e, this::close);
            throw e;
        }
    }

    private Qemu.Boot files() {
        List<String> setup = new ArrayList<>(IpSetup.addressing(GuestPlan.NIC, fabric.network(), number, ""));
        for (LocalEndpoint e : fabric.localEndpoints()) {
            setup.add("neigh replace " + e.address() + " lladdr " + Addresses.mac(fabric.network(), e.hostIndex())
                    + " dev " + GuestPlan.NIC + " nud permanent");
        }
        try {
            return MovingQemu.initramfs(
                    qemu.kernel(),
                    place.hostName(),
                    new GuestPlan.Nic.VhostUser(directory, mac),
                    mtu(),
                    setup,
                    Path.of(System.getProperty("java.home")),
                    ours(),
                    VirtualMachines.SMALL,
                    Files.readString(secret).strip(),
                    Machine.has("iperf3") ? List.of("iperf3") : List.of(),
                    directory.resolve("initramfs"));
        } catch (IOException e) {
            throw new FabricException("the files of a guest that moves: " + e.getMessage(), e);
        }
    }

    /// Where the guest's programs are, directories or jars.
    private static List<Path> ours() {
        return Stream.of(GuestAgent.class, ControlClient.class)
                .map(QemuTraveller::source)
                .toList();
    }

    private static Path source(Class<?> of) {
        try {
            return Path.of(
                    of.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private int mtu() {
        return fabric.localEndpoints().getFirst().mtu();
    }

    /// Makes the guest's NIC at a host and starts a QEMU for it there.
    private Stay begin(NamespaceHost host, boolean arriving) {
        String tap = "ctl-" + host.name();
        Path own = fabric.testbed().lab().createDirectory(directory.resolve(host.name()));
        Path rings = own.resolve("rings");
        fabric.say(host.index(), fabric.nicOf(NIC, rings, mac));
        Shell.batch(
                "ip",
                place.namespace(),
                List.of(
                        "tuntap add dev " + tap + " mode tap vnet_hdr",
                        "link set dev " + tap + " addrgenmode none master " + GuestPlan.CONTROL + " up"));
        MovingQemu plan = new MovingQemu(
                place.hostName(),
                Math.max(qemu.memoryMib(), MovingQemu.LEAST_MIB),
                own,
                new GuestPlan.Nic.VhostUser(rings, mac),
                tap,
                boot,
                qemu.kvm(),
                arriving);
        List<String> command = new ArrayList<>(List.of(place.enter().toString()));
        command.addAll(plan.command());
        Daemon kernel = Daemon.start(
                fabric.testbed().lab(),
                fabric.name(),
                host.name() + "-" + place.hostName(),
                "virtual machine",
                command,
                Map.of(),
                own.resolve("console"));
        return new Stay(host, plan, kernel);
    }

    /// Ends a QEMU and what was made for it.
    private void end(Stay past) {
        Processes.end(Processes.withSessions(List.of(past.kernel().id())), 0);
        Shell.batchAnyway(
                "ip", place.namespace(), List.of("link del ctl-" + past.host().name()));
        fabric.say(past.host().index(), "nic del " + NIC);
        LabDirectory.deleteTree(past.plan().directory());
    }

    /// All nodes are told where the guest is, its own first; or they learn it, by the frame by which its QEMU has it
    /// announced where it has come to.
    private void route(int host) {
        if (fabric.learning()) {
            return;
        }
        fabric.say(host, "route replace any " + mac + " interface " + NIC + " any");
        for (NamespaceHost other : hosts) {
            if (other.index() != host) {
                fabric.say(
                        other.index(),
                        "route replace any " + mac + " edge " + hosts.get(host).name() + " any");
            }
        }
    }

    /// The first endpoint is told its MAC address.
    private void acquaint() {
        LocalEndpoint first = fabric.localEndpoints().getFirst();
        Child.output(first.command(
                "ip", "neigh", "replace", address, "lladdr", mac, "dev", first.interfaceName(), "nud", "permanent"));
    }

    @Override
    public Endpoint endpoint() {
        VirtualMachine machine = new VirtualMachine(place.hostName(), stay.kernel(), enter, enter, secret);
        return new MachineEndpoint(machine, stay.host().index(), address, GuestPlan.NIC, mtu());
    }

    @Override
    public Duration longestMove() {
        return LONGEST_MOVE;
    }

    @Override
    public Optional<Pause> pause() {
        return Optional.ofNullable(pause);
    }

    @Override
    public void moveTo(int host) {
        Stay past = stay;
        Stay next = begin(hosts.get(host), true);
        try {
            next.kernel()
                    .await(
                            "does not listen",
                            LISTENING_SECONDS,
                            () -> Files.exists(next.plan().arrival()));
            move(past, next);
        } catch (IOException | FabricException e) {
            end(next);
            throw new FabricException(
                    "fabric " + fabric.name() + ": " + place.hostName() + " is not moved: " + e.getMessage()
                            + past.kernel().lastWords(),
                    e);
        }
        stay = next;
        route(host);
        end(past);
    }

    private void move(Stay past, Stay next) throws IOException {
        try (QemuMonitor monitor = new QemuMonitor(past.plan().monitor())) {
            monitor.execute(
                    "migrate-set-parameters", Map.of("max-bandwidth", MOST_BANDWIDTH, "downtime-limit", DOWNTIME_MS));
            monitor.execute("migrate", Map.of("uri", "unix:" + next.plan().arrival()));
            long until = System.nanoTime() + LONGEST_MOVE.toNanos();
            while (true) {
                JsonNode state = monitor.execute("query-migrate", Map.of());
                String status = state.path("status").asString("");
                if (status.equals("completed")) {
                    pause = new Pause(
                            state.path("downtime").asDouble(Double.NaN),
                            state.path("ram").path("transferred").asDouble(Double.NaN));
                    return;
                }
                if (status.equals("failed") || status.equals("cancelled")) {
                    throw new IOException("migration " + status + ": "
                            + state.path("error-desc").asString("no reason told")
                            + next.kernel().lastWords());
                }
                if (System.nanoTime() > until) {
                    monitor.execute("migrate_cancel", Map.of());
                    throw new IOException("not within " + LONGEST_MOVE.toSeconds() + " s: " + state);
                }
                pauseBriefly();
            }
        }
    }

    private static void pauseBriefly() throws IOException {
        try {
            Thread.sleep(POLL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() {
        try {
            if (stay != null) {
                for (NamespaceHost other : fabric.learning() ? List.<NamespaceHost>of() : hosts) {
                    boolean here = other.index() == stay.host().index();
                    String way =
                            here ? "interface " + NIC : "edge " + stay.host().name();
                    fabric.say(other.index(), "route del any " + mac + " " + way + " any");
                }
                end(stay);
            }
        } finally {
            fabric.removeTraveller(place, address);
            LabDirectory.deleteTree(directory);
        }
    }
}
