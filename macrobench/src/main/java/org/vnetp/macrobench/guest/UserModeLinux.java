package org.vnetp.macrobench.guest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A guest that is a User-Mode Linux kernel: a process whose root is this machine's files (hostfs), with one virtual
/// CPU, a NIC for commands ([#CONTROL]) and the one that is measured ([#NIC]).
///
/// Files are those of the process that starts it, mounts included: its /etc/hosts is that process's.
///
/// It keeps no state: its end, however it comes, leaves nothing but what its programs wrote into files. What it has
/// of its own is /proc, /sys, /dev, /dev/shm, and the directory in which JVMs keep their performance files by process
/// number, which would else be those of other JVMs of this machine.
///
/// @param name the guest's host name
/// @param memoryMib its memory in MiB, taken from this machine as far as it is touched
/// @param directory for its files; exists and is its own
/// @param nic the NIC that is measured
/// @param mtu of that NIC, bytes
/// @param setup further lines for `ip -batch`: addresses, routes, neighbours
/// @param agent the command of its [GuestAgent]
public record UserModeLinux(
        String name, int memoryMib, Path directory, Nic nic, int mtu, List<String> setup, List<String> agent)
        implements GuestPlan {
    /// The kernel.
    public static final String PROGRAM = "linux.uml";

    /// Loads the driver of its NICs.
    public static final String LOADER = "insmod";

    /// Where its modules are, by release, in the guest as here.
    public static final String MODULES = "/usr/lib/uml/modules";

    public UserModeLinux {
        setup = List.copyOf(setup);
        agent = List.copyOf(agent);
    }

    /// The kernel's process. Its standard output is the guest's console.
    @Override
    public List<String> command() {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "mem=" + memoryMib + "M", "umid=m"));
        words.add("uml_dir=" + directory + "/");
        words.addAll(List.of("root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", "init=" + initFile()));
        words.add("vec0:transport=tap,ifname=" + CONTROL + ",depth=64");
        switch (nic) {
            case Nic.VhostUser(Path socket, String _) -> words.add("virtio_uml.device=" + socket + ":1");
            case Nic.Tap(String device, String mac) ->
                words.add("vec1:transport=tap,ifname=" + device + ",gro=1,depth=128,mac=" + mac);
        }
        words.addAll(List.of("con=null", "con0=null,fd:1", "ssl=null", "quiet"));
        return words;
    }

    /// Its first process: brings it up and starts the agent. When that ends, the kernel does too, with what was said
    /// last on its console.
    @Override
    public String init() {
        String driver = switch (nic) {
            case Nic.VhostUser _ ->
                "read -r release < /proc/sys/kernel/osrelease\n"
                        + "for module in net/core/failover drivers/net/net_failover drivers/net/virtio_net; do\n"
                        + "    insmod " + MODULES + "/$release/kernel/$module.ko || exit 1\ndone\n";
            case Nic.Tap _ -> "";
        };
        List<String> lines = new ArrayList<>(List.of("link set lo up", "link set vec0 name " + CONTROL));
        lines.add("addr add " + CONTROL_GUEST + "/" + CONTROL_PREFIX + " dev " + CONTROL);
        lines.add("link set " + CONTROL + " up");
        if (nic instanceof Nic.Tap) {
            lines.add("link set vec1 name " + NIC);
        }
        lines.add("link set " + NIC + " mtu " + mtu + " up");
        lines.addAll(setup);
        return script(name, driver, lines, agent);
    }

    /// The first process of a guest.
    ///
    /// @param drivers lines of a shell, after which its NICs are there
    /// @param lines for `ip -batch`
    static String script(String name, String drivers, List<String> lines, List<String> agent) {
        return String.format(
                Locale.ROOT,
                INIT,
                name,
                drivers,
                String.join("\n", lines),
                String.join(" ", agent.stream().map(UserModeLinux::quoted).toList()));
    }

    private static final String INIT = """
            #!/bin/sh
            # The first process of the guest '%1$s'.
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
            export PATH HOME LC_ALL
            mount -t proc proc /proc && mount -t sysfs sysfs /sys || exit 1
            grep -q ' /dev devtmpfs ' /proc/mounts || mount -t devtmpfs dev /dev || exit 1
            mkdir -p /dev/shm /dev/pts /tmp/hsperfdata_root
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm
            mount -t devpts devpts /dev/pts
            mount -t tmpfs tmpfs /tmp/hsperfdata_root
            ln -s /proc/self/fd /dev/fd
            ln -s fd/0 /dev/stdin
            ln -s fd/1 /dev/stdout
            ln -s fd/2 /dev/stderr
            echo %1$s > /proc/sys/kernel/hostname
            # As in hosts that are namespaces: overload once must not be felt for half a minute.
            { echo 1 > /proc/sys/net/ipv4/ipfrag_time
              echo 268435456 > /proc/sys/net/ipv4/ipfrag_high_thresh; } 2> /dev/null
            %2$sip -batch - <<'END' || exit 1
            %3$s
            END
            %4$s &
            # Also who has lost his parent is waited for here.
            wait
            echo "the agent has ended"
            """;

    static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
