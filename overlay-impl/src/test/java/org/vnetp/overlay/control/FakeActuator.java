package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchReport;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Probe;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.Snapshot;
import org.vnetp.overlay.stats.StartUp;

/// Moves nothing, but remembers what it was told, and forwards by the tables it gets.
final class FakeActuator implements NodeActuator {
    final List<String> told = new ArrayList<>();
    final LoopStatistics loop = new LoopStatistics("loop0");
    final Forwarder forwarder = new Forwarder(RoutingTable.empty(), loop.counters());
    final List<Snapshot.PortName> ports = new ArrayList<>();
    DispatchSettings settings = DispatchSettings.DEFAULT;
    Demands demands = Demands.UNKNOWN;
    List<LinkReport> reports = List.of();
    List<MoveReport> moved = List.of();
    String refusal;
    long nowNs;
    int tables;

    private void tell(String what) throws StatementException {
        if (refusal != null) {
            throw new StatementException(refusal);
        }
        told.add(what);
    }

    @Override
    public void listen(NodeConfig.Listening listening) throws StatementException {
        tell("listen " + listening.endpoint());
    }

    @Override
    public void openNic(NodeConfig.Nic nic) throws StatementException {
        tell("open nic " + nic.name());
        ports.add(new Snapshot.PortName(nic.port(), "nic", nic.name()));
    }

    @Override
    public StartUp startUp() {
        return StartUp.of(1_000_000_000L, 1_450_000_000L, 0);
    }

    @Override
    public void closeNic(NodeConfig.Nic nic) {
        told.add("close nic " + nic.name());
    }

    @Override
    public void openLink(NodeConfig.Link link) throws StatementException {
        tell("open link " + link.name());
        ports.add(new Snapshot.PortName(link.port(), "link", link.name()));
    }

    @Override
    public void closeLink(NodeConfig.Link link) {
        told.add("close link " + link.name());
    }

    @Override
    public void replaceTable(RoutingTable table) {
        told.add("table " + table.size());
        tables++;
        forwarder.replace(table);
    }

    @Override
    public void move(FlowRule flow, RoutingTable table) throws StatementException {
        tell("move " + flow + " by table " + table.size());
        tables++;
        forwarder.replace(table);
    }

    @Override
    public List<MoveReport> moves() {
        return moved;
    }

    @Override
    public void dispatch(DispatchSettings changed) throws StatementException {
        tell("dispatch");
        settings = changed;
    }

    @Override
    public void mtu(NodeConfig.Nic nic) throws StatementException {
        tell("mtu " + nic.mtu());
    }

    @Override
    public void nicLink(NodeConfig.Nic nic) {
        told.add("link of " + nic.name() + " " + (((NicKind.VhostUser) nic.kind()).up() ? "up" : "down"));
    }

    @Override
    public void fastPath(boolean on) {
        told.add("fastpath " + on);
    }

    @Override
    public void measure(boolean on) {
        told.add("measure " + on);
    }

    @Override
    public void measureLog(Optional<Path> file, long mostBytes) throws StatementException {
        tell("measure log " + file.map(Path::toString).orElse("none") + " " + mostBytes);
    }

    @Override
    public void probe(NodeConfig.Link link, Probe what) throws StatementException {
        tell("probe " + link.name() + " " + what);
    }

    @Override
    public Demands demands() {
        return demands;
    }

    @Override
    public List<LinkReport> measurements() {
        return reports;
    }

    @Override
    public Snapshot snapshot() {
        return Snapshot.take("a", nowNs, ports, List.of(loop));
    }

    @Override
    public DispatchReport dispatchReport() {
        return new DispatchReport(
                settings,
                List.of(new DispatchReport.Direction(
                        "loop0",
                        "out",
                        DispatchMode.VMM,
                        12_000,
                        1,
                        3,
                        List.of(new DispatchReport.Switch(
                                2.5, DispatchMode.VMM, 12_000, "rate 12000/s above alpha-u 10000/s")))),
                List.of(new DispatchReport.Machine("eth0", 300, 200, 3, 4, 1, 290, 7)));
    }

    @Override
    public List<LearnedAddress> learned() {
        return List.of(new LearnedAddress(0x0200_0000_0009L, 0, 1_500_000_000));
    }

    @Override
    public Map<String, Object> describe(NodeConfig.Nic nic) {
        return Map.of("mtu", 1450);
    }

    @Override
    public Map<String, Object> describe(NodeConfig.Link link) {
        return Map.of("gso", true);
    }
}
