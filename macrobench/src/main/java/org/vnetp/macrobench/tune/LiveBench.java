package org.vnetp.macrobench.tune;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.vnetp.macrobench.campaign.PathProof;
import org.vnetp.macrobench.testbed.Counters;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.macrobench.testbed.FabricSpec;
import org.vnetp.macrobench.testbed.Host;
import org.vnetp.macrobench.testbed.Testbed;
import org.vnetp.macrobench.workload.ResidentPair;
import org.vnetp.overlay.control.ControlClient;
import org.vnetp.overlay.control.ControlPaths;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Settings over real nodes. What can be changed while a node runs is said to its control socket between two
/// regions of programs that stay; each kind of node ([Space#kind]) is a fabric of its own, up beside the
/// others, and idle in the default setting while another is measured.
public final class LiveBench implements Bench {
    /// More kinds at a time would cost memory and starts; the one that was not used for longest goes.
    private static final int MOST_NODES = 4;

    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final Testbed testbed;
    private final FabricSpec base;
    private final Space space;
    private final Map<String, LiveWorkload> workloads = new LinkedHashMap<>();
    private final Path raw;
    private final UnaryOperator<Setting> really;
    /// By kind, the least recently used first.
    private final Map<String, Node> nodes = new LinkedHashMap<>(16, 0.75f, true);

    private final Node ground;
    private final Costs costs;
    private int named;
    private int files;

    /// @param testbed of two hosts of this machine, the caller's
    /// @param base the fabric whose settings are varied: `vnetp`, perhaps with options
    /// @param space that settings are of
    /// @param costs with all workloads that can be asked for
    /// @param raw directory where programs' own output goes
    /// @param really which setting nodes get in the place of one that is asked for: itself, but where a bench
    ///     is to be
    ///     tested by settings that are all the same
    public LiveBench(
            Testbed testbed, FabricSpec base, Space space, Costs.Live costs, Path raw, UnaryOperator<Setting> really) {
        this.testbed = testbed;
        this.base = base;
        this.space = space;
        costs.workloads().forEach(workload -> workloads.put(workload.name(), workload));
        this.raw = raw;
        this.really = really;
        this.costs = costs;
        this.ground = new Node(testbed.fabrics().getFirst());
    }

    /// A fabric with the programs on it.
    private final class Node implements LiveWorkload.Site {
        private final Fabric fabric;
        private final Map<String, LiveWorkload.Live> running = new LinkedHashMap<>();
        private ResidentPair pair;
        private Setting current;

        Node(Fabric fabric) {
            this.fabric = fabric;
        }

        @Override
        public Fabric fabric() {
            return fabric;
        }

        @Override
        public ResidentPair pair() throws IOException, InterruptedException {
            if (pair == null) {
                List<Endpoint> ends = fabric.endpoints();
                pair = new ResidentPair(ends.get(0), ends.get(1), raw("pair"));
            }
            return pair;
        }

        @Override
        public Path raw(String name) {
            return raw.resolve(fabric.name() + "-" + name + "-" + files++);
        }

        LiveWorkload.Live live(String name) throws IOException, InterruptedException {
            LiveWorkload.Live live = running.get(name);
            if (live == null) {
                LiveWorkload workload = workloads.get(name);
                if (workload == null) {
                    throw new IllegalArgumentException(
                            "workload '" + name + "': expected one of " + workloads.keySet());
                }
                live = workload.start(this);
                running.put(name, live);
            }
            return live;
        }

        /// Says a setting to all of its nodes, unless they have it.
        void become(Setting setting) throws IOException {
            if (setting.equals(current)) {
                return;
            }
            current = null; // until all have it
            String statement = space.statement(setting, true);
            for (Host host : testbed.hosts()) {
                ControlClient.say(ControlPaths.ofLab(fabric.directory(), host.name()), statement, ANSWER_WITHIN);
            }
            current = setting;
        }

        /// Ends its programs.
        void dismiss() throws IOException {
            IOException trouble = null;
            for (LiveWorkload.Live live : running.values()) {
                try {
                    live.close();
                } catch (IOException e) {
                    trouble = e;
                }
            }
            running.clear();
            if (pair != null) {
                pair.close();
                pair = null;
            }
            if (trouble != null) {
                throw trouble;
            }
        }

        void end() throws IOException {
            try {
                dismiss();
            } finally {
                fabric.close();
            }
        }
    }

    @Override
    public void measure(Optional<Setting> setting, String workload, Run run) throws IOException, InterruptedException {
        Node node = ground;
        try {
            Optional<Setting> actual = setting.map(really);
            if (actual.isPresent()) {
                node = node(actual.get());
            }
            LiveWorkload.Live live = node.live(workload);
            rest(node);
            if (actual.isPresent()) {
                node.become(actual.get());
            }
            live.settle();
            Counters before = node.fabric().snapshot();
            long least = live.region(run);
            Counters moved = node.fabric().snapshot().minus(before);
            live.account(run, moved);
            node.fabric().check();
            if (run.status() == Status.OK && least > 0) {
                PathProof.objection(PathProof.Evidence.of(least, node.fabric(), Map.of(node.fabric(), moved)))
                        .ifPresent(objection -> run.ended(Status.NOT_ON_PATH, objection));
            }
        } catch (IOException | FabricException e) {
            if (Thread.currentThread().isInterrupted()) {
                InterruptedException stop = new InterruptedException("interrupted while measuring");
                stop.initCause(e);
                throw stop;
            }
            String reason = e.getMessage() == null ? e.toString() : e.getMessage();
            run.ended(Status.FAILED, reason);
            if (e.getCause() instanceof StatementException) {
                return; // refused: the node is as it was
            }
            // Whoever comes next finds fresh ones: programs that are stuck, or a node that has died, would fail all.
            abandon(node);
        }
    }

    private void abandon(Node node) throws IOException {
        if (node == ground) {
            node.dismiss();
        } else {
            nodes.values().remove(node);
            node.end();
        }
    }

    /// All others do what costs least: a node that polls would take a processor from the one that is measured.
    private void rest(Node measured) throws IOException {
        for (Node node : new ArrayList<>(nodes.values())) {
            if (node != measured) {
                node.become(space.usual());
            }
        }
    }

    private Node node(Setting setting) throws IOException, InterruptedException {
        String kind = space.kind(setting);
        Node node = nodes.get(kind);
        if (node == null) {
            if (nodes.size() >= MOST_NODES) {
                String oldest = nodes.keySet().iterator().next();
                nodes.remove(oldest).end();
            }
            FabricSpec spec = base.withName("tune" + named++);
            for (Parameter parameter : space.parameters()) {
                String value = setting.get(parameter.name());
                if (parameter.where() == Parameter.Place.START && !value.equals("auto")) {
                    spec = spec.withOption(parameter.name(), value);
                }
            }
            node = new Node(testbed.fabric(spec));
            nodes.put(kind, node);
        }
        return node;
    }

    /// What the dispatch of the nodes of a setting says of itself, a line of JSON for each host.
    List<String> dispatch(Setting setting) throws IOException, InterruptedException {
        Node node = node(really.apply(setting));
        List<String> answers = new ArrayList<>();
        for (Host host : testbed.hosts()) {
            answers.add(ControlClient.say(
                    ControlPaths.ofLab(node.fabric().directory(), host.name()), "show dispatch --json", ANSWER_WITHIN));
        }
        return answers;
    }

    @Override
    public void renew() throws IOException {
        ground.dismiss();
        for (Node node : List.copyOf(nodes.values())) {
            node.end();
        }
        nodes.clear();
    }

    @Override
    public double seconds(String workload) {
        return costs.seconds(workload);
    }

    @Override
    public double launchSeconds(int kinds) {
        return costs.launchSeconds(kinds);
    }

    @Override
    public void close() throws IOException {
        renew();
    }
}
