package org.vnetp.macrobench.testbed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The fabrics that a command takes where its user names none: `nas`, `macro` and `lab` ask here and nowhere
/// else, and their help says it in the words that stand here.
///
/// @param overlays what is compared with native, ours first
/// @param lack why one of ours is not among them; empty where all are
public record UsualFabrics(List<String> overlays, String lack) {
    /// The overlays in words, for help.
    public static final String WORDS = "vnetp-ebpf where the kernel can carry flows, vnetp and vxlan";

    /// The one fabric of a lab.
    public static final String LAB = "vnetp";

    private static final String FAST = "vnetp-ebpf";
    private static final String KERNELS = "vxlan";

    public UsualFabrics {
        overlays = List.copyOf(overlays);
    }

    /// Between hosts that are made on this machine.
    public static UsualFabrics here() {
        return of(Machine.whyNoFastPath());
    }

    /// @param whyNoFastPath as [Machine#whyNoFastPath()]
    static UsualFabrics of(String whyNoFastPath) {
        return whyNoFastPath.isEmpty()
                ? new UsualFabrics(List.of(FAST, LAB, KERNELS), "")
                : new UsualFabrics(List.of(LAB, KERNELS), "without the fabric " + FAST + ": " + whyNoFastPath);
    }

    /// Between the machines of an inventory file: those it has.
    ///
    /// @throws IllegalArgumentException naming the file, the line and what was expected
    public static UsualFabrics ofInventory(Path file) {
        List<String> overlays = Testbed.inventoryFabrics(file).stream()
                .filter(name -> !name.equals(FabricSpec.NATIVE_NAME))
                .toList();
        // On the nodes of an allocation nobody has set one up.
        return new UsualFabrics(overlays.isEmpty() && Testbed.inventoryOfSlurm(file) ? List.of(LAB) : overlays, "");
    }

    /// Without the kernel's overlay: for a look, and where the user chose what to run.
    public UsualFabrics ours() {
        return new UsualFabrics(
                overlays.stream().filter(name -> !name.equals(KERNELS)).toList(), lack);
    }

    /// All of them beside native.
    public List<String> besideNative() {
        List<String> all = new ArrayList<>(List.of(FabricSpec.NATIVE_NAME));
        all.addAll(overlays);
        return all;
    }
}
