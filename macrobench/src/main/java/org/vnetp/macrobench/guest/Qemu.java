package org.vnetp.macrobench.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A guest that QEMU runs: a PC with PCI (`q35`) and one CPU, whose NICs are virtio's as real hypervisors have them. By
/// TCG, which translates the guest's code and needs no hardware support, or by KVM.
///
/// Its root is this machine's files, which `virtiofsd` serves (virtiofs): of the process that starts it, mounts
/// included. Its kernel and the first program, which mounts that root, come from [#initramfs].
///
/// It is no `microvm`, since that has no clock to tell others' rates by: under TCG on a busy machine Linux then takes a
/// wrong rate for its timers, or finds none and hangs at boot.
///
/// @param name the guest's host name
/// @param memoryMib its memory in MiB, taken from this machine as far as it is touched
/// @param directory for its files; exists and is its own
/// @param nic the NIC that is measured
/// @param queues pairs of rings that this NIC has
/// @param mtu of that NIC, bytes
/// @param setup further lines for `ip -batch`: addresses, routes, neighbours
/// @param agent the command of its [GuestAgent]
/// @param boot what it boots
/// @param kvm whether by KVM
public record Qemu(
        String name,
        int memoryMib,
        Path directory,
        Nic nic,
        int queues,
        int mtu,
        List<String> setup,
        List<String> agent,
        Boot boot,
        boolean kvm)
        implements GuestPlan {
    /// The monitor.
    public static final String PROGRAM = "qemu-system-x86_64";

    /// What serves files: Debian 12 has it with QEMU, later ones by itself.
    public static final String FILE_SERVER = "/usr/lib/qemu/virtiofsd";

    /// Programs of this machine that a guest starts with, but for the shell.
    public static final List<String> FIRST_PROGRAMS = List.of("insmod", "mount", "switch_root");

    /// Of the control network's NIC in the guest.
    private static final String CONTROL_MAC = "02:76:6e:ff:00:02";

    /// What they need comes before them.
    private static final List<String> NIC_MODULES = List.of(
            "drivers/virtio/virtio_ring",
            "drivers/virtio/virtio",
            "drivers/virtio/virtio_pci_modern_dev",
            "drivers/virtio/virtio_pci_legacy_dev",
            "drivers/virtio/virtio_pci",
            "net/core/failover",
            "drivers/net/net_failover",
            "drivers/net/virtio_net");

    private static final List<String> FILE_MODULES = List.of("fs/fuse/fuse", "fs/fuse/virtiofs");

    private static final String ROOT_TAG = "root";

    /// What a guest boots.
    ///
    /// @param kernel its image
    /// @param initramfs its first files, of [#initramfs]
    public record Boot(Path kernel, Path initramfs) {}

    public Qemu {
        setup = List.copyOf(setup);
        agent = List.copyOf(agent);
    }

    /// Writes the first files of guests, the same for all of them.
    ///
    /// @throws IOException where a program or a module is not there
    public static Boot initramfs(GuestKernel kernel, Path to) throws IOException {
        Initramfs files = new Initramfs().directory("/root").program("sh");
        for (String program : FIRST_PROGRAMS) {
            files.program(program);
        }
        String order = modules(files, kernel, NIC_MODULES) + modules(files, kernel, FILE_MODULES);
        files.script("/init", String.format(Locale.ROOT, FIRST, order, ROOT_TAG))
                .write(to);
        return new Boot(kernel.image(), to);
    }

    /// Puts the modules of NICs into a guest's first files.
    ///
    /// @return their names there for a shell, in the order in which they are to be loaded
    static String nicModules(Initramfs files, GuestKernel kernel) throws IOException {
        return modules(files, kernel, NIC_MODULES);
    }

    private static String modules(Initramfs files, GuestKernel kernel, List<String> names) throws IOException {
        StringBuilder order = new StringBuilder();
        for (Path module : kernel.files(names)) {
            String path = "/modules/" + module.getFileName();
            files.file(path, module);
            order.append(' ').append(path);
        }
        return order.toString();
    }

    /// The kernel's argument `first` is the program that goes on.
    private static final String FIRST = """
            #!/bin/sh
            # The first process of a guest: goes on in the files of the machine outside.
            PATH=/bin
            mount -t devtmpfs dev /dev || exit 1
            for module in%1$s; do insmod $module || exit 1; done
            mount -t virtiofs %2$s /root || exit 1
            # It would say that there is no /run to be taken along.
            exec switch_root /root "$first" 2> /dev/null
            """;

    /// Starts what serves the files, and when it does, the monitor in its place. What serves ends with the monitor.
    @Override
    public List<String> command() {
        Path files = directory.resolve("files");
        List<String> words = new ArrayList<>(List.of("sh", "-c", SERVED, "sh", FILE_SERVER, files.toString()));
        words.addAll(board(name, memoryMib, kvm));
        words.addAll(List.of("-chardev", "socket,id=files,path=" + files));
        words.addAll(device("vhost-user-fs-pci", "chardev=files,tag=" + ROOT_TAG, kvm));
        words.addAll(control(CONTROL, kvm));
        words.addAll(measured(nic, queues, kvm));
        words.addAll(booting(boot, "first=" + initFile()));
        return words;
    }

    /// The monitor with a board, one CPU, memory that others can share, and a console by its standard output.
    static List<String> board(String name, int memoryMib, boolean kvm) {
        List<String> words = new ArrayList<>(List.of(PROGRAM, "-name", name, "-nodefaults", "-no-reboot"));
        words.addAll(List.of("-display", "none", "-serial", "stdio"));
        words.addAll(List.of("-M", "q35,memory-backend=mem,sata=off,smm=off,usb=off,vmport=off"));
        words.addAll(List.of("-accel", kvm ? "kvm" : "tcg", "-cpu", kvm ? "host" : "max", "-smp", "1"));
        words.addAll(List.of("-m", memoryMib + "M", "-object"));
        words.add("memory-backend-memfd,id=mem,size=" + memoryMib + "M,share=on");
        return words;
    }

    /// The NIC of commands.
    ///
    /// @param tap that is there
    static List<String> control(String tap, boolean kvm) {
        List<String> words = new ArrayList<>(List.of("-netdev", tap("control", tap)));
        words.addAll(device("virtio-net-pci", "netdev=control,romfile=,mac=" + CONTROL_MAC, kvm));
        return words;
    }

    /// The NIC that is measured.
    static List<String> measured(Nic nic, int queues, boolean kvm) {
        String properties = "netdev=measured,romfile=,mac=" + mac(nic) + (queues > 1 ? ",mq=on" : "");
        List<String> words = new ArrayList<>(
                switch (nic) {
                    // Comes back by itself when who serves it does.
                    case Nic.VhostUser(Path socket, String _) ->
                        List.of(
                                "-chardev",
                                "socket,id=rings,path=" + socket + ",reconnect=1",
                                "-netdev",
                                "vhost-user,id=measured,chardev=rings,queues=" + queues);
                    case Nic.Tap(String device, String _) -> List.of("-netdev", tap("measured", device));
                });
        words.addAll(device("virtio-net-pci", properties, kvm));
        return words;
    }

    /// What it boots. Its CPU is no real one that leaks; random numbers are the CPU's, so that no program waits for
    /// them.
    ///
    /// @param more of the kernel's arguments
    static List<String> booting(Boot boot, String more) {
        return List.of(
                "-kernel",
                boot.kernel().toString(),
                "-initrd",
                boot.initramfs().toString(),
                "-append",
                "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on ipv6.disable=1 " + more);
    }

    private static final String SERVED = """
            server=$1 socket=$2
            shift 2
            "$server" --socket-path="$socket" -o source=/ -o sandbox=chroot -o cache=auto < /dev/null &
            until [ -S "$socket" ]; do kill -0 $! 2> /dev/null || exit 1; sleep 0.02; done
            exec "$@"
            """;

    private static String tap(String id, String device) {
        return "tap,id=" + id + ",ifname=" + device + ",script=no,downscript=no,vnet_hdr=on";
    }

    /// Under TCG QEMU 7.2 ends by a memory fault where a device that others serve has interrupts of its own (MSI-X).
    private static List<String> device(String device, String properties, boolean kvm) {
        return List.of("-device", device + "," + properties + (kvm ? "" : ",vectors=0"));
    }

    private static String mac(Nic nic) {
        return switch (nic) {
            case Nic.VhostUser(Path _, String mac) -> mac;
            case Nic.Tap(String _, String mac) -> mac;
        };
    }

    @Override
    public String init() {
        return UserModeLinux.script(name, naming(nic), addressing(mtu, setup), agent);
    }

    /// Lines for `ip -batch` that bring both NICs up.
    static List<String> addressing(int mtu, List<String> setup) {
        List<String> lines = new ArrayList<>(List.of("link set lo up"));
        lines.add("addr add " + CONTROL_GUEST + "/" + CONTROL_PREFIX + " dev " + CONTROL);
        lines.add("link set " + CONTROL + " up");
        lines.add("link set " + NIC + " mtu " + mtu + " up");
        lines.addAll(setup);
        return lines;
    }

    /// Lines of a shell that give both NICs their names.
    static String naming(Nic nic) {
        return String.format(Locale.ROOT, NAMES, CONTROL_MAC, CONTROL, mac(nic), NIC);
    }

    /// Which NIC is which is told by their addresses. The first may have the second's name.
    private static final String NAMES = """
            exec 2>&1
            named() {
                for nic in /sys/class/net/*; do
                    read -r address < $nic/address
                    [ "$address" != $1 ] || [ ${nic##*/} = $2 ] || ip link set ${nic##*/} name $2 || exit 1
                done
            }
            named %1$s %2$s
            named %3$s %4$s
            """;
}
