package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.vnetp.overlay.control.Statement.Route;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.route.LearningPolicy;

/// What turns a node that runs into the one that its file asks for by now.
///
/// Afterwards all that the file says holds. What it said before and says no longer is gone. What was said by
/// the control socket alone stays, unless it stands on something that is gone. NICs, links and rules that are
/// as they are to be are not touched, so that no frame of theirs is lost. Where several orders would do, ways
/// are opened before they are used and closed after.
public final class Reload {
    /// A statement, and in what words it is told of.
    public record Step(Statement statement, String words) {}

    private final NodeConfig running;
    private final NodeConfig before;
    private final NodeFile file;
    private final List<Step> steps = new ArrayList<>();
    private NodeConfig config;
    private final Set<String> goneNics;
    private final Set<String> goneLinks;

    private Reload(NodeConfig running, NodeConfig before, NodeFile file) {
        this.running = running;
        this.before = before;
        this.file = file;
        this.config = running;
        this.goneNics = gone(running.nics(), before.nics(), file.config().nics(), Reload::sameNic);
        this.goneLinks = gone(running.links(), before.links(), file.config().links(), Reload::sameLink);
    }

    /// The steps, in order. They have been tried on the configuration: what may still refuse one is the machine.
    ///
    /// @param running what holds now
    /// @param before  the file as it was carried out last
    /// @param file    as it is now
    /// @throws StatementException for what cannot be changed while a node runs
    public static List<Step> steps(NodeConfig running, NodeFile before, NodeFile file) throws StatementException {
        Reload reload = new Reload(running, before.config(), file);
        reload.plan();
        reload.planOthers(before);
        return List.copyOf(reload.steps);
    }

    /// Carries the steps out. Rules that follow each other change in one step; a step that the machine refuses
    /// is told of, and the others go on.
    ///
    /// @return what was refused, empty where nothing was
    public static List<String> carryOut(NodeControl node, List<Step> steps) {
        List<String> refused = new ArrayList<>();
        List<Statement.Routing> rules = new ArrayList<>();
        for (Step step : steps) {
            if (step.statement() instanceof Statement.Routing routing) {
                rules.add(routing);
                continue;
            }
            together(node, rules, refused);
            try {
                node.execute(step.statement());
            } catch (StatementException e) {
                refused.add(step.words() + ": " + e.getMessage());
            }
        }
        together(node, rules, refused);
        return refused;
    }

    private static void together(NodeControl node, List<Statement.Routing> rules, List<String> refused) {
        if (!rules.isEmpty()) {
            try {
                node.executeTogether(List.copyOf(rules));
            } catch (StatementException e) {
                refused.add(rules.size() + " changed routes: " + e.getMessage());
            }
            rules.clear();
        }
    }

    private void plan() throws StatementException {
        NodeConfig wanted = file.config();
        if (!wanted.name().equals(before.name())) {
            throw new StatementException("'node " + wanted.name() + "': a node that runs keeps its name"
                    + (before.name().isEmpty() ? "" : ", '" + before.name() + "'"));
        }
        if (wanted.listening().isEmpty() && before.listening().isPresent()) {
            throw new StatementException(
                    "'listen': expected the statement to stay, as a node that runs goes on to listen");
        }
        if (wanted.listening().isPresent() && !wanted.listening().equals(config.listening())) {
            NodeConfig.Listening listening = wanted.listening().get();
            step(new ListenStatement(listening.endpoint(), listening.network()), "listen " + listening.endpoint());
        }
        Map<String, Statement> nics = fresh(wanted.nics(), running.nics(), goneNics, file::nic);
        Map<String, Statement> links = fresh(wanted.links(), running.links(), goneLinks, file::link);
        add("nic", nics);
        add("link", links);
        changeNics(wanted);
        Set<Route> lost = deleteRoutes();
        addRoutes(lost);
        for (String name : goneLinks) {
            step(new LinkStatement.Delete(name), "link del " + name);
        }
        for (String name : goneNics) {
            step(new NicStatement.Delete(name), "nic del " + name);
        }
        // Those that had to wait for another to go: of the same name, address or socket.
        must("nic", nics);
        must("link", links);
        changeNics(wanted);
        addRoutes(lost);
        guards(wanted);
    }

    /// What is there and must go: because the file says it no longer, or otherwise.
    private static <T> Set<String> gone(
            Map<String, T> running, Map<String, T> before, Map<String, T> wanted, Same<T> same) {
        Set<String> gone = new LinkedHashSet<>();
        running.forEach((name, is) -> {
            T to = wanted.get(name);
            if (to == null ? before.containsKey(name) : !same.test(is, to)) {
                gone.add(name);
            }
        });
        return gone;
    }

    private interface Same<T> {
        boolean test(T one, T other);
    }

    private static boolean sameLink(NodeConfig.Link one, NodeConfig.Link other) {
        return said(one).equals(said(other));
    }

    /// All that statements say of a link. A pattern, so that the build breaks where a link gets more.
    private static List<Object> said(NodeConfig.Link link) {
        return link
                        instanceof
                        NodeConfig.Link(
                                int _,
                                int _,
                                var name,
                                var endpoint,
                                var encapsulation,
                                var mtu,
                                var seal,
                                var transports,
                                var keepaliveNs)
                ? List.of(name, endpoint, encapsulation, mtu, seal, transports, keepaliveNs)
                : List.of();
    }

    /// But for its MTU and its link, which may change while it is there.
    private static boolean sameNic(NodeConfig.Nic one, NodeConfig.Nic other) {
        return one.mac().equals(other.mac()) && linked(one.kind()).equals(linked(other.kind()));
    }

    private static NicKind linked(NicKind kind) {
        return kind instanceof NicKind.VhostUser machine ? machine.linked(true) : kind;
    }

    private static <T> Map<String, Statement> fresh(
            Map<String, T> wanted, Map<String, T> running, Set<String> gone, Function<String, Statement> maker) {
        Map<String, Statement> fresh = new LinkedHashMap<>();
        for (String name : wanted.keySet()) {
            if (!running.containsKey(name) || gone.contains(name)) {
                fresh.put(name, maker.apply(name));
            }
        }
        return fresh;
    }

    /// Makes those that nothing stands in the way of; the others stay in the map.
    private void add(String what, Map<String, Statement> fresh) {
        fresh.entrySet().removeIf(each -> {
            try {
                step(each.getValue(), what + " " + each.getKey());
                return true;
            } catch (StatementException e) {
                return false;
            }
        });
    }

    private void must(String what, Map<String, Statement> fresh) throws StatementException {
        for (Map.Entry<String, Statement> each : fresh.entrySet()) {
            step(each.getValue(), what + " " + each.getKey());
        }
    }

    private void changeNics(NodeConfig wanted) throws StatementException {
        for (NodeConfig.Nic to : wanted.nics().values()) {
            NodeConfig.Nic is = config.nics().get(to.name());
            if (is == null
                    || goneNics.contains(to.name()) && is.equals(running.nics().get(to.name()))) {
                continue;
            }
            if (!is.mtu().equals(to.mtu())) {
                step(new MtuStatement(to.name(), to.mtu()), "mtu " + to.name());
            }
            NodeConfig.Nic was = before.nics().get(to.name());
            // Up is what nobody needs to say.
            if (to.kind() instanceof NicKind.VhostUser machine
                    && !is.kind().equals(to.kind())
                    && (!machine.up() || was != null && !was.kind().equals(to.kind()))) {
                step(
                        new NicStatement.Link(to.name(), machine.up()),
                        "nic " + (machine.up() ? "up " : "down ") + to.name());
            }
        }
    }

    /// Takes out the rules that the file says no longer and those over ports that go.
    ///
    /// @return the latter, which are to be there again where their ports are
    private Set<Route> deleteRoutes() throws StatementException {
        Set<Route> was = routes(before);
        Set<Route> wanted = routes(file.config());
        Set<Integer> ports = new LinkedHashSet<>();
        goneLinks.forEach(name -> ports.add(running.links().get(name).port()));
        goneNics.forEach(name -> ports.add(running.nics().get(name).port()));
        Set<Route> lost = new LinkedHashSet<>();
        List<Step> deleted = new ArrayList<>();
        for (NodeConfig.RouteEntry entry : running.routes().values()) {
            Route route = entry.route();
            boolean unsaid = was.contains(route) && !wanted.contains(route);
            boolean portless = ports.contains(entry.rule().destinationPort())
                    || ports.contains(entry.rule().sourcePort());
            if (unsaid || portless) {
                deleted.add(new Step(new RouteStatement.Delete(route), "route del " + route));
                if (!unsaid) {
                    lost.add(route);
                }
            }
        }
        all(deleted);
        return lost;
    }

    private static Set<Route> routes(NodeConfig config) {
        Set<Route> all = new LinkedHashSet<>();
        config.routes().values().forEach(entry -> all.add(entry.route()));
        return all;
    }

    /// Adds what is wanted and lacks, as far as its ports are there to stay.
    private void addRoutes(Set<Route> lost) throws StatementException {
        Set<Route> there = routes(config);
        Set<Route> wanted = routes(file.config());
        wanted.addAll(lost);
        List<Step> added = new ArrayList<>();
        for (Route route : wanted) {
            if (!there.contains(route) && stands(route.to()) && stands(route.from())) {
                added.add(new Step(new RouteStatement.Add(route), "route add " + route));
            }
        }
        all(added);
    }

    /// Whether what a rule leads to is there and stays.
    private boolean stands(Statement.Point point) {
        if (point.kind() == Statement.PointKind.ANY) {
            return true;
        }
        int port;
        try {
            port = new ConfigEditor(config).port(point);
        } catch (StatementException e) {
            return false;
        }
        return goneLinks.stream().noneMatch(name -> running.links().get(name).port() == port)
                && goneNics.stream().noneMatch(name -> running.nics().get(name).port() == port);
    }

    private void guards(NodeConfig wanted) throws StatementException {
        for (Map.Entry<String, NodeConfig.PortGuard> each : wanted.guards().entrySet()) {
            if (!each.getValue().equals(config.guards().get(each.getKey()))) {
                step(new GuardStatement(each.getKey(), Optional.of(each.getValue())), "guard " + each.getKey());
            }
        }
        for (String port : before.guards().keySet()) {
            if (!wanted.guards().containsKey(port) && config.guards().containsKey(port)) {
                step(new GuardStatement(port, Optional.empty()), "guard off " + port);
            }
        }
    }

    private void planOthers(NodeFile last) throws StatementException {
        NodeConfig wanted = file.config();
        LearningPolicy learning = wanted.learning();
        if (asked(config.learning(), before.learning(), learning, LearningPolicy.OFF)) {
            step(
                    new LearnStatement(learning.enabled(), OptionalLong.of(learning.ageNs()), learning.relay()),
                    "learn " + (learning.enabled() ? "on" : "off"));
        }
        if (asked(config.dispatch(), before.dispatch(), wanted.dispatch(), DispatchSettings.DEFAULT)) {
            step(new Dispatch(wanted.dispatch()), "dispatch");
        }
        if (asked(config.fastPath(), before.fastPath(), wanted.fastPath(), true)) {
            step(new FastPathStatement(wanted.fastPath()), "fastpath " + (wanted.fastPath() ? "on" : "off"));
        }
        if (asked(config.measuring(), before.measuring(), wanted.measuring(), false)) {
            step(new MeasureStatement.Switch(wanted.measuring()), "measure " + (wanted.measuring() ? "on" : "off"));
        }
        Optional<Statement> metrics = file.metrics();
        boolean elsewhere = metrics.isPresent() && !wanted.metrics().equals(config.metrics());
        if (elsewhere || !metrics.equals(last.metrics())) {
            step(metrics.orElse(new MetricsStatement(Optional.empty())), "metrics");
        }
        if (!file.measureLog().equals(last.measureLog())) {
            step(
                    file.measureLog().orElse(new MeasureStatement.Log(Optional.empty(), 1)),
                    "measure " + (file.measureLog().isPresent() ? "log" : "nolog"));
        }
    }

    /// Whether something is to be set: the file says it, or has said it and does no longer. What holds unless told is
    /// not distinguished from what is not said.
    private static <T> boolean asked(T is, T was, T wanted, T unlessTold) {
        boolean neverSaid = Objects.equals(was, unlessTold) && Objects.equals(wanted, unlessTold);
        return !Objects.equals(is, wanted) && !neverSaid;
    }

    /// Adds a step, where the configuration takes it.
    private void step(Statement statement, String words) throws StatementException {
        config = config.apply(statement);
        steps.add(new Step(statement, words));
    }

    private void all(List<Step> rules) throws StatementException {
        config = config.applyAll(rules.stream().map(Step::statement).toList());
        steps.addAll(rules);
    }

    /// All settings of dispatch at once.
    private record Dispatch(DispatchSettings settings) implements Statement {
        @Override
        public void apply(ConfigEditor config) {
            config.dispatch(settings);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator().dispatch(after.dispatch());
        }
    }
}
