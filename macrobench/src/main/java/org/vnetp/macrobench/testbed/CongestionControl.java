package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;

/// How the connections of a testbed come to use cubic, which is compared and published everywhere. A namespace's own
/// default can only be set to one that the root namespace allows, which we do not change; where that default is
/// another, each route names cubic if the kernel takes it there.
final class CongestionControl {
    private static final String CUBIC = "cubic";
    private static final String TRIED = "192.0.2.1";

    private final String said;
    private final boolean byRoute;

    private CongestionControl(String said, boolean byRoute) {
        this.said = said;
        this.byRoute = byRoute;
    }

    /// What is possible on this machine.
    ///
    /// @param first any namespace of the testbed; its lo is up afterwards
    static CongestionControl in(Place first) {
        String byDefault = first.congestionControl();
        if (byDefault.equals(CUBIC)) {
            return new CongestionControl("cubic (namespace)", false);
        }
        return routesTakeCubic(first.namespace())
                ? new CongestionControl("cubic (routes)", true)
                : new CongestionControl(byDefault + " (the system's default)", false);
    }

    private static boolean routesTakeCubic(String namespace) {
        Shell.batch("ip", namespace, List.of("link set lo up"));
        return route(namespace, "add", "congctl", CUBIC) && route(namespace, "del");
    }

    private static boolean route(String namespace, String change, String... options) {
        List<String> command =
                new ArrayList<>(List.of("ip", "-n", namespace, "route", change, "local", TRIED, "dev", "lo"));
        command.addAll(List.of(options));
        return Shell.attempt(command, "").succeeded();
    }

    /// What a route to other members of a network says of it, for `ip`; empty where it need not.
    String routeOption() {
        return byRoute ? " congctl " + CUBIC : "";
    }

    /// What is in force and by what, for reports.
    @Override
    public String toString() {
        return said;
    }
}
