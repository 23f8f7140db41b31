package org.vnetp.nas.kernel;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vnetp.nas.kernel.cfd.Bt;
import org.vnetp.nas.kernel.cfd.Lu;
import org.vnetp.nas.kernel.cfd.Sp;

/// The kernels there are.
public final class Kernels {
    private static final List<Kernel> ALL =
            List.of(new Ep(), new Is(), new Cg(), new Mg(), new Ft(), new Lu(), new Sp(), new Bt());

    private Kernels() {}

    /// All, in the specification's order.
    public static List<Kernel> all() {
        return ALL;
    }

    /// The kernel of that name, in either case.
    ///
    /// @throws IllegalArgumentException naming the kernels there are
    public static Kernel of(String name) {
        for (Kernel kernel : ALL) {
            if (kernel.name().equalsIgnoreCase(name)) {
                return kernel;
            }
        }
        throw new IllegalArgumentException("Unknown kernel '" + name + "': expected one of "
                + ALL.stream().map(k -> k.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")));
    }
}
