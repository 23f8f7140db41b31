package org.vnetp.macrobench.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A network namespace with a host name, hosts file, IPC and /dev/shm of its own: what makes
/// programs take it for a machine.
///
/// A keeper process (`sleep`) holds the other namespaces and lets us read the counters of the
/// network namespace under its /proc entry without starting anything. A shell script enters them
/// all; it is what [#command] runs and what `lab exec` and MPI's launchers call.
final class Place {
    private static final String KEEPER = """
            hostname "$1" || exit 1
            mount --bind "$2" /etc/hosts || exit 1
            mount -t sysfs sysfs /sys 2>/dev/null || echo "no sysfs of its own" >&2
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm 2>/dev/null
            for table in iptables ip6tables arptables; do
                nf=/proc/sys/net/bridge/bridge-nf-call-$table
                [ ! -e $nf ] || echo 0 2>/dev/null > $nf
            done
            # A datagram of which a fragment is lost holds memory for 30 s (IPv6: 60), and 4 MiB of such are the most: a
            # host that was overloaded once would then assemble nothing for half a minute, in this run and the next.
            for fragments in ipv4/ipfrag ipv6/ip6frag; do
                { echo 1 > /proc/sys/net/${fragments}_time
                  echo 268435456 > /proc/sys/net/${fragments}_high_thresh; } 2>/dev/null
            done
            { echo cubic > /proc/sys/net/ipv4/tcp_congestion_control; } 2>/dev/null
            echo "ready $(cat /proc/sys/net/ipv4/tcp_congestion_control)"
            exec sleep infinity < /dev/null > /dev/null 2>&1
            """;

    private static final String ENTER = """
            #!/bin/sh
            # Runs a command in the place of '%1$s'. The keeper is known by its start time: process ids are used again.
            same() { read -r s < /proc/%2$d/stat || return 1; set -- ${s##*) }; [ "${20}" = %3$d ]; }
            same 2>/dev/null || { echo "%1$s: this endpoint is gone" >&2; exit 125; }
            n=/proc/%2$d/ns
            exec nsenter --net=$n/net --uts=$n/uts --ipc=$n/ipc --mount=$n/mnt --wdns="$PWD" -- "$@"
            """;

    private final String namespace;
    private final String hostName;
    private final Processes.Id keeper;
    private final Path enter;
    private final String congestionControl;

    private Place(String namespace, String hostName, Processes.Id keeper, Path enter, String congestionControl) {
        this.namespace = namespace;
        this.hostName = hostName;
        this.keeper = keeper;
        this.enter = enter;
        this.congestionControl = congestionControl;
    }

    /// What a place is to be.
    ///
    /// @param namespace the name of a network namespace that exists
    record Plan(String namespace, String hostName) {}

    /// Makes places of namespaces, all at the same time.
    ///
    /// @param hostsFile the /etc/hosts of all of them
    /// @param directory where the scripts that enter them go
    static List<Place> create(LabDirectory lab, List<Plan> plans, Path hostsFile, Path directory) {
        List<Process> starting = new ArrayList<>();
        for (Plan plan : plans) {
            List<String> command = List.of(
                    "setsid",
                    "nsenter",
                    "--net=/run/netns/" + plan.namespace(),
                    "unshare",
                    "--uts",
                    "--ipc",
                    "--mount",
                    "--propagation",
                    "slave",
                    "sh",
                    "-c",
                    KEEPER,
                    "sh",
                    plan.hostName(),
                    hostsFile.toString());
            try {
                Process process = Child.of(command).start();
                // Every program of that chain replaces itself by the next, so this is the keeper already.
                lab.created(Processes.of(process.pid()));
                starting.add(process);
            } catch (IOException e) {
                throw new TestbedException("cannot start the keeper of " + plan.namespace(), e);
            }
        }
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
            places.add(finish(lab, plans.get(i), starting.get(i), directory));
        }
        return places;
    }

    private static Place finish(LabDirectory lab, Plan plan, Process process, Path directory) {
        String first;
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            first = reader.readLine();
            if (first == null || !first.startsWith("ready ")) {
                String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new TestbedException("cannot make a host of " + plan.namespace() + ": " + error.strip());
            }
            process.getErrorStream().close();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new TestbedException("cannot make a host of " + plan.namespace(), e);
        }
        Processes.Id keeper = Processes.of(process.pid());
        Path enter = lab.write(
                directory.resolve("enter-" + plan.hostName()),
                String.format(Locale.ROOT, ENTER, plan.hostName(), keeper.pid(), keeper.startTicks()),
                true);
        return new Place(plan.namespace(), plan.hostName(), keeper, enter, first.substring("ready ".length()));
    }

    String namespace() {
        return namespace;
    }

    String hostName() {
        return hostName;
    }

    Processes.Id keeper() {
        return keeper;
    }

    /// The script that runs its arguments here.
    Path enter() {
        return enter;
    }

    /// The namespace's default for TCP.
    String congestionControl() {
        return congestionControl;
    }

    ProcessBuilder command(List<String> command) {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("a command of at least one word is needed");
        }
        List<String> all = new ArrayList<>(command.size() + 1);
        all.add(enter.toString());
        all.addAll(command);
        return Child.of(all);
    }
}
