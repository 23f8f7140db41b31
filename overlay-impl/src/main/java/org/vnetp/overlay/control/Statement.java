package org.vnetp.overlay.control;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.YieldStrategy;
import org.vnetp.overlay.route.MacPattern;

/// A statement of the control language, well-formed by itself; whether it fits the node is for
/// [NodeConfig] to say.
public sealed interface Statement {
    /// `node NAME`
    record Node(String name) implements Statement {}

    /// `listen IP:PORT [network N]`: where the node receives datagrams, and the id of its
    /// network (24 bits).
    record Listen(Endpoint endpoint, int network) implements Statement {}

    /// What stands behind a NIC.
    enum NicKind {
        TAP,
        MEMORY
    }

    /// `nic NAME tap [mac M] [mtu N] [netns PATH-OR-NAME] [persist] [queues N] [ring N] [fastpath]`, `nic NAME memory`
    ///
    /// @param fastPath let the kernel carry known flows
    record NicAdd(
            String name,
            NicKind kind,
            OptionalLong mac,
            OptionalInt mtu,
            Optional<String> netns,
            boolean persist,
            int queues,
            int ring,
            boolean fastPath)
            implements Statement {}

    /// `nic del NAME`
    record NicDelete(String name) implements Statement {}

    /// The wire format of a link.
    enum Encapsulation {
        VNET,
        VXLAN
    }

    /// `link add NAME IP:PORT [encap vnet|vxlan] [mtu N]`, VNET/P's `ADD IP PORT [udp]`.
    ///
    /// @param name empty for VNET/P's form: the link is then called by its IP, or by IP:PORT
    ///     where that is taken
    /// @param mtu the underlay's MTU on the way to the other node, when it is to be set by hand
    record LinkAdd(Optional<String> name, Endpoint endpoint, Encapsulation encapsulation, OptionalInt mtu)
            implements Statement {}

    /// `link del NAME`
    record LinkDelete(String name) implements Statement {}

    /// VNET/P's `DEL INDEX` among links, or `link del INDEX`.
    record LinkDeleteIndex(int index) implements Statement {}

    /// What a rule's destination or source is.
    enum PointKind {
        /// A link, by name or IP address.
        EDGE,
        /// A NIC of this node, by name or MAC address.
        INTERFACE,
        /// Any (sources only).
        ANY
    }

    /// One end of a rule.
    ///
    /// @param id a name, IP or MAC; empty for ANY
    record Point(PointKind kind, String id) {
        public static final Point ANYWHERE = new Point(PointKind.ANY, "");

        @Override
        public String toString() {
            return switch (kind) {
                case EDGE -> "edge " + id;
                case INTERFACE -> "interface " + id;
                case ANY -> "any";
            };
        }
    }

    /// A rule as written: `SRC-MAC DST-MAC edge|interface ID edge|interface|any [ID]`.
    record Route(MacPattern source, MacPattern destination, Point to, Point from) {
        @Override
        public String toString() {
            return source + " " + destination + " " + to + " " + from;
        }
    }

    /// Statements that change rules only; these may stand between `begin` and `commit`.
    sealed interface Routing extends Statement {}

    /// `route add ROUTE`, VNET/P's `ADD ROUTE`
    record RouteAdd(Route route) implements Routing {}

    /// `route del ROUTE`
    record RouteDelete(Route route) implements Routing {}

    /// `route del INDEX`, VNET/P's `DEL INDEX` among routes.
    record RouteDeleteIndex(int index) implements Routing {}

    /// `route replace ROUTE`: all rules with the same source address, destination address and
    /// source point give way to this one, in one step. Where there are none it only adds.
    record RouteReplace(Route route) implements Routing {}

    /// `begin`: collect routing statements
    record Begin() implements Statement {}

    /// `commit`: apply what was collected in one step, or nothing of it
    record Commit() implements Statement {}

    /// `abort`: forget what was collected
    record Abort() implements Statement {}

    /// `learn on [age 300s] [relay]`, `learn off`
    ///
    /// @param relay flood frames that came from a link to other links as well
    record Learn(boolean on, OptionalLong ageNs, boolean relay) implements Statement {}

    /// `dispatch PARAMETER VALUE ...`: what is empty stays as it is.
    record Dispatch(
            Optional<DispatchMode> out,
            Optional<DispatchMode> in,
            OptionalLong alphaL,
            OptionalLong alphaU,
            OptionalLong omegaNs,
            Optional<YieldStrategy> yield,
            OptionalLong tSleepNs,
            OptionalInt tNoyieldRounds,
            OptionalInt dispatchers,
            OptionalInt batch)
            implements Statement {}

    /// `fastpath on|off`: whether the kernel may carry flows of NICs that have the fast path
    record FastPath(boolean on) implements Statement {}

    /// `mtu NIC N`, `mtu NIC auto`
    ///
    /// @param mtu empty: derived from the underlay
    record Mtu(String nic, OptionalInt mtu) implements Statement {}

    /// `metrics listen 127.0.0.1:PORT`, `metrics off`
    record Metrics(Optional<Endpoint> endpoint) implements Statement {}

    /// What can be shown.
    enum Topic {
        NODE,
        ROUTES,
        LINKS,
        NICS,
        STATS,
        DISPATCH,
        MATRIX,
        LEARNED
    }

    /// `show TOPIC [--json]`
    record Show(Topic topic, boolean json) implements Statement {}
}
