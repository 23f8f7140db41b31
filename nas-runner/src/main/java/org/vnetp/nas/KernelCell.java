package org.vnetp.nas;

import java.util.List;
import java.util.stream.Collectors;
import org.vnetp.nas.npb.RankRule;

/// One kernel, one class, one rank count: `cg.A.4`. Legal by construction.
///
/// @param kernel lower case
/// @param problemClass one of `S W A B C D E F`
/// @param ranks allowed by the kernel's decomposition
record KernelCell(String kernel, char problemClass, int ranks) {
    static final List<String> KERNELS = List.of("ep", "is", "cg", "mg", "ft", "lu", "sp", "bt");
    /// From the smallest to the largest.
    static final String CLASSES = "SWABCDEF";

    KernelCell {
        if (!KERNELS.contains(kernel)) {
            throw new IllegalArgumentException(
                    "kernel '" + kernel + "': expected one of " + String.join(", ", KERNELS));
        }
        if (CLASSES.indexOf(problemClass) < 0) {
            throw new IllegalArgumentException(
                    kernel + ": class '" + problemClass + "': expected one of S, W, A, B, C, D, E, F");
        }
        if (kernel.equals("is") && problemClass == 'F') {
            throw new IllegalArgumentException("is.F: IS has no class F; its largest is E");
        }
        RankRule rule = RankRule.of(kernel);
        if (!rule.allows(ranks)) {
            throw new IllegalArgumentException(name(kernel, problemClass, ranks) + ": " + kernel + " needs "
                    + rule.words() + " of ranks, such as "
                    + rule.near(ranks, 3).stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        if (ranks < 2) {
            throw new IllegalArgumentException(name(kernel, problemClass, ranks)
                    + ": one rank sends nothing over any network; expected at least 2 (./vnetp kernel runs one)");
        }
    }

    private static String name(String kernel, char problemClass, int ranks) {
        return kernel + "." + problemClass + "." + ranks;
    }

    /// Reads `cg.A.4`.
    static KernelCell parse(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 3 || parts[1].length() != 1 || !parts[2].matches("\\d{1,5}")) {
            throw new IllegalArgumentException("'" + text + "': expected KERNEL.CLASS.RANKS such as cg.A.4");
        }
        return new KernelCell(parts[0], parts[1].charAt(0), Integer.parseInt(parts[2]));
    }

    KernelCell withClass(char other) {
        return new KernelCell(kernel, other, ranks);
    }

    @Override
    public String toString() {
        return name(kernel, problemClass, ranks);
    }
}
