package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.vnetp.macrobench.guest.GuestPlan;
import org.vnetp.macrobench.guest.UserModeLinux;

/// Our overlay inside its guests, which are virtual machines: what VNET/P names as future work, and GEARS (ICAC
/// 2012) does with code that the monitor puts into the guest.
///
/// ```
///   virtual machine                                   namespace of the guest
///   programs == TAP vnet0 == node == UDP == eth0 ===== forwarder == TAP out0 == br0 == up0 ... other hosts
/// ```
///
/// The node, the same program, runs in the machine and serves the guest's TAP there; its links go by the
/// machine's NIC. The node outside serves that NIC's rings (vhost-user) and forwards: what leaves the machine
/// goes to the network between the hosts as it is, and the other way round. It has no link, so nothing is
/// encapsulated twice, and a datagram on the wire is the one that the machine sent. The bridge has a link of
/// its own to the switch, shaped as the hosts' are, as the machines of a [TapMachineFabric] have.
///
/// Settings: those of [VnetpMachineFabric] but `queues`. Those of dispatch are both nodes', `statement` and all
/// that is about links is the inner one's.
final class InGuestFabric extends ServedMachinesFabric {
    /// The inner node's control socket, in its machine.
    static final Path CONTROL = Path.of("/dev/shm/vnetp.sock");

    private static final String LOG = "/dev/shm/vnetp.log";
    private static final String TAP = "out0";
    /// The MAC address of that TAP is beside the guests' own.
    private static final int TAP_MAC = 100;

    /// The agent and the node, and something to run.
    private static final int LEAST_MEMORY_MIB = 256;

    private static final int READY_SECONDS = 90;

    private static final String START = """
            #!/bin/bash
            # Starts the overlay's node in the guest '%1$s', gives the guest its address there, and tells the process.
            [ -e /sys/class/misc/tun ] || {
                read -r release < /proc/sys/kernel/osrelease
                insmod %2$s/$release/kernel/drivers/net/tun.ko || exit 1
            }
            log=%3$s
            > $log
            setsid %4$s > $log 2>&1 < /dev/null &
            until grep -q ' ready ' $log; do
                [ -n "$(jobs -rp)" ] || { echo "the node has ended; its log ends with"; tail -n %5$d $log; exit 1; }
                [ $SECONDS -lt %6$d ] || { echo "not ready within %6$d s; its log ends with"; tail -n %5$d $log; exit 1; }
                sleep 0.1
            done
            ip -batch - <<'END' || exit 1
            %7$s
            END
            echo $!
            """;

    /// The number of the network between the machines' NICs.
    private final int outerNetwork;

    private List<Place> guests = List.of();
    private List<Inner> inner = List.of();

    InGuestFabric(NamespaceTestbed testbed, FabricSpec spec) {
        super(testbed, spec, legal());
        Settings.number(spec, settings(), MachineMonitor.MEMORY, LEAST_MEMORY_MIB, LEAST_MEMORY_MIB, 65536);
        outerNetwork = testbed.takeNetwork();
    }

    private static Set<String> legal() {
        Set<String> legal = new HashSet<>(VnetpSettings.OWN);
        legal.removeAll(Set.of("ring", "fastpath", "queues", "move"));
        legal.addAll(Set.of(MachineMonitor.MEMORY, VnetpMachineFabric.PLACEMENT));
        return legal;
    }

    /// A node in a machine.
    ///
    /// @param pid its process there
    private record Inner(VirtualMachine machine, long pid) {
        /// @throws FabricException with the end of its log, when it has ended
        void requireAlive() {
            String[] state = machine.read("/proc/" + pid + "/stat").split("\\) ");
            if (state.length < 2 || state[state.length - 1].startsWith("Z")) {
                throw new FabricException("the node in " + machine.name() + " has ended; " + lastWords());
            }
        }

        String lastWords() {
            List<String> log = machine.read(LOG).lines().toList();
            return "its log ends with\n"
                    + String.join("\n", log.subList(Math.max(0, log.size() - Daemon.LOG_LINES), log.size()));
        }

        Counters.Node counters() {
            return new Counters.Node(machine.name(), pid, 0, machine.say(CONTROL, "show stats --json"));
        }
    }

    @Override
    void up() {
        guests = createGuests();
        makeKeys();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            Place guest = guests.get(host.index());
            testbed().ethernetSwitch().join(guest.namespace(), outerNetwork, host.index(), BridgedMachineFabric.UPLINK);
            Path file = directory().resolve(host.name() + "-forwarder.vnetp");
            startNode(host, testbed().lab().write(file, forwarding(host, guest), false));
        }
        for (Place guest : guests) {
            awaitReady(daemons().get(guests.indexOf(guest)));
            BridgedMachineFabric.bridge(guest, testbed().spec().mtu(), TAP, BridgedMachineFabric.UPLINK);
        }
        List<MachineEndpoint> booted = machines.boot(
                guests,
                guest -> new GuestPlan.Nic.VhostUser(
                        socket(guests.indexOf(guest)), Addresses.mac(outerNetwork, guests.indexOf(guest))),
                outerNetwork,
                testbed().spec().mtu());
        inner = startInner(booted);
        List<MachineEndpoint> endpoints = new ArrayList<>();
        for (MachineEndpoint e : booted) {
            String mtu = e.machine().read("/sys/class/net/" + NIC + "/mtu").strip();
            endpoints.add(new MachineEndpoint(e.machine(), e.hostIndex(), e.address(), NIC, Integer.parseInt(mtu)));
        }
        setEndpoints(endpoints);
        prove();
    }

    /// The statements of the node outside of a machine.
    private String forwarding(NamespaceHost host, Place guest) {
        int mtu = testbed().spec().mtu();
        List<String> lines = new ArrayList<>();
        lines.add("node forwarder-" + host.name());
        lines.add("nic " + GuestPlan.NIC + " vhost-user " + socket(host.index()) + " mac "
                + Addresses.mac(outerNetwork, host.index()) + " mtu " + mtu);
        lines.add("nic " + TAP + " tap mac " + Addresses.mac(outerNetwork, TAP_MAC + host.index()) + " mtu " + mtu
                + " netns " + guest.namespace() + " persist");
        lines.add("route add any any interface " + TAP + " interface " + GuestPlan.NIC);
        lines.add("route add any any interface " + GuestPlan.NIC + " interface " + TAP);
        lines.addAll(dispatch());
        return String.join("\n", lines) + "\n";
    }

    @Override
    String outerAddress(NamespaceHost host) {
        return Addresses.ipv4(outerNetwork, host.index());
    }

    @Override
    String nicOf(NamespaceHost host, String mac) {
        String mtu = settings().containsKey("mtu") ? " mtu " + settings().get("mtu") : "";
        return "nic " + NIC + " tap mac " + mac + mtu;
    }

    /// Starts the nodes in the machines, all at the same time.
    private List<Inner> startInner(List<MachineEndpoint> endpoints) {
        List<Process> starting = new ArrayList<>();
        try {
            for (MachineEndpoint e : endpoints) {
                starting.add(e.command("bash", startFile(e).toString())
                        .redirectErrorStream(true)
                        .start());
            }
            List<Inner> started = new ArrayList<>();
            for (MachineEndpoint e : endpoints) {
                Process process = starting.get(started.size());
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                if (process.waitFor() != 0) {
                    check();
                    throw new FabricException("fabric " + name() + ": the node in " + e.hostName() + ": " + said);
                }
                started.add(new Inner(e.machine(), Long.parseLong(said.substring(said.lastIndexOf('\n') + 1))));
            }
            return started;
        } catch (IOException e) {
            throw new FabricException("fabric " + name() + ": cannot start its nodes in the guests", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FabricException("fabric " + name() + ": interrupted", e);
        } finally {
            starting.forEach(Child::end);
        }
    }

    private Path startFile(MachineEndpoint e) {
        LabDirectory lab = testbed().lab();
        NamespaceHost host = testbed().namespaceHosts().get(e.hostIndex());
        Path statements = lab.write(directory().resolve(host.name() + ".vnetp"), statements(host), false);
        List<String> address = new ArrayList<>(List.of("link set " + NIC + " up"));
        address.addAll(IpSetup.addressing(NIC, network(), e.hostIndex(), ""));
        address.addAll(testbed().ipSetup().introduction(NIC, network(), e.hostIndex()));
        String text = String.format(
                Locale.ROOT,
                START,
                e.hostName(),
                UserModeLinux.MODULES,
                LOG,
                nodeCommand(statements, CONTROL).stream().map(Reach::quote).collect(Collectors.joining(" ")),
                Daemon.LOG_LINES,
                READY_SECONDS,
                String.join("\n", address));
        return lab.write(directory().resolve(host.name() + "-node"), text, true);
    }

    @Override
    List<Counters.Interface> underlay() {
        List<Counters.Interface> outer = new ArrayList<>();
        for (NamespaceHost host : testbed().namespaceHosts()) {
            long pid = guests.get(host.index()).keeper().pid();
            outer.add(InterfaceCounters.read(host.name(), pid, BridgedMachineFabric.UPLINK));
        }
        return outer;
    }

    @Override
    List<Counters.Node> nodeCounters() {
        return inner.stream().map(Inner::counters).toList();
    }

    @Override
    List<Counters.Node> forwarderCounters() {
        return super.nodeCounters();
    }

    @Override
    public void check() {
        super.check();
        for (Inner node : inner) {
            try {
                node.requireAlive();
            } catch (FabricException gone) {
                throw new FabricException("fabric " + name() + ": " + gone.getMessage(), gone);
            }
        }
    }

    @Override
    public Traveller traveller(int host) {
        throw new UnsupportedOperationException(name() + " has no guest that can be moved at run time");
    }

    @Override
    public void close() {
        testbed().ethernetSwitch().forget(guests.stream().map(Place::namespace).toList());
        super.close();
        testbed().giveNetworkBack(outerNetwork);
    }

    @Override
    String logs() {
        StringBuilder text = new StringBuilder(super.logs());
        for (Inner node : inner) {
            try {
                text.append("\nthe node in ")
                        .append(node.machine().name())
                        .append(": ")
                        .append(node.lastWords());
            } catch (FabricException gone) {
                text.append(": ").append(gone.getMessage());
            }
        }
        return text.toString();
    }

    @Override
    List<String> talking() {
        String lab = testbed().lab().name();
        String there = (lab.equals(LabMain.DEFAULT_LAB) ? "" : "--name " + lab + " ")
                + localEndpoints().getFirst().hostName();
        return List.of(
                "./vnetp lab exec " + there + " ./vnetp ctl " + CONTROL + " show links",
                "./vnetp ctl " + controlName(0) + " show dispatch   (the one that forwards)");
    }

    @Override
    public String description() {
        return super.description() + ", nodes in the guests, one outside of each only forwards, "
                + machines.description();
    }
}
