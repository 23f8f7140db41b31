package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Probe;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// The node's moving parts, as [NodeController] sees them. Calls come one at a time, from control's
/// threads, in the order that keeps frames safe: a port is opened before rules lead to it, and
/// rules are gone before it is closed.
///
/// A method that throws must have undone what it began: the controller then forgets the statement.
public interface NodeActuator {
    /// Opens the node's receiving socket, or moves it. The first call comes before any link is
    /// opened.
    void listen(NodeConfig.Listening listening) throws StatementException;

    /// Opens a NIC and gives it to a loop. The message of a refusal names the resource and the
    /// cause.
    void openNic(NodeConfig.Nic nic) throws StatementException;

    /// Closes a NIC; no rule leads to it any more.
    void closeNic(NodeConfig.Nic nic);

    /// Opens a link.
    void openLink(NodeConfig.Link link) throws StatementException;

    /// Closes a link; no rule leads to it any more.
    void closeLink(NodeConfig.Link link);

    /// Every loop goes over to this table. Returns when all have.
    void replaceTable(RoutingTable table);

    /// Moves a flow: every loop goes over to this table, and no frame of the flow is lost for it, or overtakes
    /// another. Returns when the flow has moved.
    ///
    /// @throws StatementException where the way by the table does not answer; the table before stays in force
    void move(FlowRule flow, RoutingTable table) throws StatementException;

    /// What became of the flows that were moved last, the oldest first.
    List<MoveReport> moves();

    /// Changes dispatch parameters of the running loops.
    void dispatch(DispatchSettings settings) throws StatementException;

    /// Sets a NIC's MTU; `nic.mtu()` empty: derive it from the underlay.
    void mtu(NodeConfig.Nic nic) throws StatementException;

    /// Sets the link up or down that a virtual machine sees, as its NIC's kind says.
    void nicLink(NodeConfig.Nic nic);

    /// Whether the kernel may carry flows of NICs that have the fast path; those it has come back when not.
    void fastPath(boolean on);

    /// Whether the node measures its links by itself.
    void measure(boolean on);

    /// Writes what is measured to a file, or to none.
    ///
    /// @param mostBytes of it and the one before
    void measureLog(Optional<Path> file, long mostBytes) throws StatementException;

    /// Begins to measure something of a link; [#measurements] tells what came of it.
    void probe(NodeConfig.Link link, Probe what) throws StatementException;

    /// What is known of every link.
    List<LinkReport> measurements();

    /// Who talks to whom, as far as the node sees it.
    Demands demands();

    /// How long the node's process took to start.
    StartUp startUp();

    /// Counters of now.
    Snapshot snapshot();

    /// Modes, switches and rates of now.
    DispatchReport dispatchReport();

    /// Learned addresses of all loops; an address that several loops know is given once, the
    /// youngest.
    List<LearnedAddress> learned();

    /// What `show nics` tells beside the configuration, such as the MTU in force and the offloads:
    /// strings, numbers, booleans.
    Map<String, Object> describe(NodeConfig.Nic nic);

    /// What `show links` tells beside the configuration, such as the datagram size in force.
    Map<String, Object> describe(NodeConfig.Link link);
}
