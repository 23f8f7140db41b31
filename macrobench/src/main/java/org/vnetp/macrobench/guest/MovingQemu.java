package org.vnetp.macrobench.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A guest that QEMU can move to another QEMU while it runs: both are made of the same plan, but for where their NICs
/// lead and that one waits for the guest ([#arriving]).
///
/// It has no device that keeps it where it is: its files, Java among them, lie in its memory and go with it. They are
/// those that [#initramfs] names, no others of this machine.
///
/// @param name the guest's host name
/// @param memoryMib its memory in MiB
/// @param directory for its files; exists and is its own
/// @param nic the NIC that is measured
/// @param control the TAP by which commands come
/// @param boot what it boots, of [#initramfs]
/// @param kvm whether by KVM
/// @param arriving whether it waits for the guest
public record MovingQemu(
        String name,
        int memoryMib,
        Path directory,
        GuestPlan.Nic nic,
        String control,
        Qemu.Boot boot,
        boolean kvm,
        boolean arriving) {
    /// Its memory has room for its files twice, since they are unpacked there.
    public static final int LEAST_MIB = 768;

    private static final String SECRET = "/secret";

    /// Of the JDK, what a program of ours can do without.
    private static final List<String> NOT_NEEDED =
            List.of("src.zip", "ct.sym", "classes_coh.jsa", "classes_nocoops.jsa", "classes_nocoops_coh.jsa");

    /// What its programs run in is found by.
    private static final List<String> PROGRAMS =
            List.of("sh", "bash", "cat", "env", "grep", "insmod", "ip", "mkdir", "mount", "sleep");

    /// Where the guest comes to.
    public Path arrival() {
        return directory.resolve("arrival");
    }

    /// By which the monitor is told what to do ([QemuMonitor]).
    public Path monitor() {
        return directory.resolve("qmp");
    }

    /// Its process. What it prints is the guest's console.
    public List<String> command() {
        List<String> words = new ArrayList<>(Qemu.board(name, memoryMib, kvm));
        words.addAll(Qemu.control(control, kvm));
        words.addAll(Qemu.measured(nic, 1, kvm));
        words.addAll(Qemu.booting(boot, ""));
        words.addAll(List.of("-qmp", "unix:" + monitor() + ",server=on,wait=off"));
        if (arriving) {
            words.addAll(List.of("-incoming", "unix:" + arrival()));
        }
        return words;
    }

    /// Writes the guest's files.
    ///
    /// @param setup further lines for `ip -batch`: addresses, routes, neighbours
    /// @param java the home of the Java that its programs run in
    /// @param agent the class path of its [GuestAgent], files and directories
    /// @param flags of that agent's Java
    /// @param secret that the agent wants to hear
    /// @param programs of this machine that it has beside those that it needs
    /// @throws IOException where a file is not there
    public static Qemu.Boot initramfs(
            GuestKernel kernel,
            String name,
            GuestPlan.Nic nic,
            int mtu,
            List<String> setup,
            Path java,
            List<Path> agent,
            List<String> flags,
            String secret,
            List<String> programs,
            Path to)
            throws IOException {
        Initramfs files = new Initramfs().script(SECRET, secret + "\n");
        for (String directory : List.of("/proc", "/sys", "/dev", "/tmp", "/root")) {
            files.directory(directory);
        }
        for (String program :
                Stream.concat(PROGRAMS.stream(), programs.stream()).toList()) {
            files.program(program);
        }
        javaFiles(files, java);
        for (Path each : agent) {
            files.tree(each);
        }
        List<String> words = new ArrayList<>(List.of(java.resolve("bin/java").toString()));
        words.addAll(flags);
        words.addAll(List.of(
                "-cp", String.join(":", agent.stream().map(Path::toString).toList())));
        words.addAll(List.of(GuestAgent.class.getName(), Integer.toString(GuestPlan.AGENT_PORT), SECRET));
        String init = String.format(
                Locale.ROOT,
                INIT,
                name,
                Qemu.nicModules(files, kernel),
                Qemu.naming(nic),
                String.join("\n", Qemu.addressing(mtu, setup)),
                String.join(" ", words.stream().map(UserModeLinux::quoted).toList()));
        files.script("/init", init).write(to);
        return new Qemu.Boot(kernel.image(), to);
    }

    private static void javaFiles(Initramfs files, Path java) throws IOException {
        files.file(java.resolve("bin/java").toString(), java.resolve("bin/java"));
        files.librariesOf(java.resolve("bin/java"));
        for (String each : List.of("lib", "conf")) {
            try (Stream<Path> all = Files.walk(java.resolve(each))) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    String last = file.getFileName().toString();
                    if (!NOT_NEEDED.contains(last)) {
                        files.file(file.toString(), file);
                    }
                    // What Java loads at its start, and for sockets and files.
                    if (List.of("libjvm.so", "libjava.so", "libnio.so", "libnet.so", "libzip.so")
                            .contains(last)) {
                        files.librariesOf(file);
                    }
                }
            }
        }
    }

    private static final String INIT = """
            #!/bin/sh
            # The first process of the guest '%1$s', whose files lie in its memory.
            PATH=/bin HOME=/root LC_ALL=C.UTF-8
            export PATH HOME LC_ALL
            mount -t devtmpfs dev /dev && mount -t proc proc /proc && mount -t sysfs sysfs /sys || exit 1
            echo %1$s > /proc/sys/kernel/hostname
            echo 16777216 > /proc/sys/net/core/rmem_max
            for module in%2$s; do insmod $module || exit 1; done
            %3$sip -batch - <<'END' || exit 1
            %4$s
            END
            %5$s &
            wait
            echo "the agent has ended"
            """;
}
