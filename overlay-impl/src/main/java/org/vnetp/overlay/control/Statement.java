package org.vnetp.overlay.control;

import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.stats.Snapshot;

/// A statement of the control language, well-formed by itself; whether it fits the node turns out when it is applied.
///
/// Each kind of statement has a file of its own, which holds its words, how they are read, what they mean and what the
/// statement does; [Language] lists them all.
public interface Statement {
    /// Its effect on the configuration.
    ///
    /// @throws StatementException when it does not fit the node
    default void apply(ConfigEditor config) throws StatementException {}

    /// Makes the node do it. What the machine refuses must be undone: the new configuration is forgotten then.
    ///
    /// @param before the configuration in force
    /// @param after  the one that it leads to
    default void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {}

    /// Whether it opens a sealed link.
    default boolean seals() {
        return false;
    }

    /// A statement that changes rules only; these may stand between `begin` and `commit`.
    interface Routing extends Statement {
        @Override
        default void carryOut(Works works, NodeConfig before, NodeConfig after) {
            works.actuator().replaceTable(after.routingTable());
        }
    }

    /// A statement that changes nothing and is answered.
    interface Question extends Statement {
        /// The answer's text; one line of JSON where that was asked for.
        ///
        /// @throws StatementException when it asks for what there is not
        String answer(Asked asked) throws StatementException;
    }

    /// What a question may look at.
    interface Asked {
        NodeConfig config();

        NodeActuator actuator();

        /// What this returned the time before, or null, so that rates can be told; remembers `now` for the next time.
        Snapshot previous(Snapshot now);
    }

    /// The wire format of a link.
    enum Encapsulation {
        VNET,
        VXLAN,
        UCX
    }

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
}
