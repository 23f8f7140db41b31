package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.vnetp.macrobench.guest.GuestKernel;
import org.vnetp.macrobench.guest.GuestPlan;
import org.vnetp.macrobench.guest.Qemu;
import org.vnetp.macrobench.guest.UserModeLinux;

/// What runs a fabric's virtual machines.
///
/// Settings of all their fabrics: `vmm`, `uml` (User-Mode Linux, the default) or `qemu`; `accel` of the latter, `kvm`
/// or `tcg` (default: KVM where the processor has it); `mem`, the memory of a guest in MiB.
abstract sealed class MachineMonitor {
    static final String MEMORY = "mem";

    /// Settings.
    static final Set<String> SETTINGS = Set.of("vmm", "accel", MEMORY);

    private static final String QEMU = "qemu";
    private static final int MEMORY_MIB = 512;
    private static final String PURPOSE = "virtual machines as guests need";

    /// The processor's own KVM. There are others (`kvm_pvm`), which run no kernel that does not know them.
    private static final List<Path> HARDWARE =
            List.of(Path.of("/sys/module/kvm_intel"), Path.of("/sys/module/kvm_amd"));

    private static final Path KVM = Path.of("/dev/kvm");

    private final int memoryMib;

    private MachineMonitor(int memoryMib) {
        this.memoryMib = memoryMib;
    }

    /// @throws IllegalArgumentException where a setting is none of the above
    /// @throws UnavailableException     where this machine lacks a program for it
    static MachineMonitor of(FabricSpec spec, Map<String, String> settings) {
        int memoryMib = Settings.number(spec, settings, MEMORY, MEMORY_MIB, 128, 65536);
        String vmm = settings.getOrDefault("vmm", "uml");
        if (!vmm.equals("uml") && !vmm.equals(QEMU)) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': vmm must be uml or qemu, got '" + vmm + "'");
        }
        String accel = settings.get("accel");
        if (accel != null && !accel.equals("kvm") && !accel.equals("tcg")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': accel must be kvm or tcg, got '" + accel + "'");
        }
        if (accel != null && vmm.equals("uml")) {
            throw new IllegalArgumentException(
                    "fabric '" + spec.name() + "': accel=" + accel + " wants vmm=qemu, got vmm=uml");
        }
        needs(vmm.equals(QEMU)).forEach(program -> Machine.requireProgram(program, PURPOSE));
        if (vmm.equals("uml")) {
            return new OfUml(memoryMib);
        }
        GuestKernel kernel = GuestKernel.find(GuestKernel.directory())
                .orElseThrow(() -> new UnavailableException(
                        "a kernel in " + GuestKernel.directory() + ", which QEMU's guests need, is not there",
                        "./vnetp setup"));
        boolean kvm = hasKvm();
        if (!kvm && "kvm".equals(accel)) {
            throw new UnavailableException(
                    "accel=kvm needs a module kvm_intel or kvm_amd and a " + KVM + " that opens",
                    "leave it out: accel=tcg needs neither");
        }
        return new OfQemu(memoryMib, kernel, kvm && !"tcg".equals(accel), queues(spec, settings));
    }

    private static int queues(FabricSpec spec, Map<String, String> settings) {
        return Settings.number(spec, settings, "queues", 1, 1, 64);
    }

    private static boolean hasKvm() {
        return HARDWARE.stream().anyMatch(Files::exists) && Files.isReadable(KVM) && Files.isWritable(KVM);
    }

    /// Programs, here and so in the guests.
    private static List<String> needs(boolean qemu) {
        return qemu
                ? List.of("bash", UserModeLinux.LOADER, Qemu.PROGRAM, Qemu.FILE_SERVER)
                : List.of("bash", UserModeLinux.LOADER, UserModeLinux.PROGRAM);
    }

    /// The Debian packages that are not here; the kernel among them is unpacked by the launcher, not installed.
    static List<String> missingPackages(Map<String, String> settings) {
        boolean qemu = QEMU.equals(settings.get("vmm"));
        List<String> missing = new ArrayList<>();
        for (String program : needs(qemu)) {
            if (!Machine.has(program)) {
                missing.add(Packages.of(program));
            }
        }
        if (qemu && GuestKernel.find(GuestKernel.directory()).isEmpty()) {
            missing.add(Packages.of("guest-kernel"));
        }
        return missing;
    }

    int memoryMib() {
        return memoryMib;
    }

    /// Makes what all guests of a fabric share.
    ///
    /// @param directory the fabric's
    abstract void prepare(Path directory);

    /// How a guest is started, once [#prepare] has been called.
    abstract GuestPlan plan(
            String name, Path directory, GuestPlan.Nic nic, int mtu, List<String> setup, List<String> agent);

    /// How long guests that all start at the same time may take until they take commands.
    abstract int readySeconds();

    /// How long they may take to reach each other.
    abstract int proofSeconds();

    /// For people.
    abstract String description();

    private static final class OfUml extends MachineMonitor {
        private OfUml(int memoryMib) {
            super(memoryMib);
        }

        @Override
        void prepare(Path directory) {
            // Its kernel is a program, its root the machine's.
        }

        @Override
        GuestPlan plan(
                String name, Path directory, GuestPlan.Nic nic, int mtu, List<String> setup, List<String> agent) {
            return new UserModeLinux(name, memoryMib(), directory, nic, mtu, setup, agent);
        }

        @Override
        int readySeconds() {
            return 30;
        }

        @Override
        int proofSeconds() {
            return 10;
        }

        @Override
        String description() {
            return "guests User-Mode Linux, 1 CPU, " + memoryMib() + " MiB";
        }
    }

    static final class OfQemu extends MachineMonitor {
        private final GuestKernel kernel;
        private final boolean kvm;
        private final int queues;
        private Qemu.Boot boot;

        private OfQemu(int memoryMib, GuestKernel kernel, boolean kvm, int queues) {
            super(memoryMib);
            this.kernel = kernel;
            this.kvm = kvm;
            this.queues = queues;
        }

        GuestKernel kernel() {
            return kernel;
        }

        boolean kvm() {
            return kvm;
        }

        @Override
        void prepare(Path directory) {
            try {
                boot = Qemu.initramfs(kernel, directory.resolve("initramfs"));
            } catch (IOException e) {
                throw new FabricException("the first files of guests: " + e.getMessage(), e);
            }
        }

        @Override
        GuestPlan plan(
                String name, Path directory, GuestPlan.Nic nic, int mtu, List<String> setup, List<String> agent) {
            return new Qemu(name, memoryMib(), directory, nic, queues, mtu, setup, agent, boot, kvm);
        }

        /// TCG takes seconds to boot a guest, on a machine with much else to do a minute.
        @Override
        int readySeconds() {
            return 180;
        }

        @Override
        int proofSeconds() {
            return 60;
        }

        @Override
        String description() {
            return "guests QEMU by " + (kvm ? "KVM" : "TCG") + ", "
                    + kernel.image().getFileName().toString().replace("vmlinuz-", "Linux ") + ", 1 CPU, " + memoryMib()
                    + " MiB";
        }
    }
}
