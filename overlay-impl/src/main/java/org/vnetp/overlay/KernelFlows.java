package org.vnetp.overlay;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.fastpath.FastPath;
import org.vnetp.overlay.fastpath.Served;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.stats.LoopStatistics;

/// What the node lets the kernel carry by itself: starts the fast path when the first NIC asks for it, holds it to what
/// rules, links and learned addresses are now, and tells what it serves.
///
/// Learned addresses live with the loops, which do not see the frames that the kernel carries. So the two are brought
/// together several times within an address's age: what the kernel has heard keeps addresses young, and flows that
/// contradict what was learned come back.
///
/// **Threads:** one at a time, under the node's lock.
final class KernelFlows {
    /// Between two times that learned addresses and the kernel's flows are brought together.
    private static final long LEAST_TOGETHER_MS = 200;

    private static final long MOST_TOGETHER_MS = 10_000;

    /// The same after an address has moved.
    private static final long BETWEEN_MOVES_MS = 10;

    /// Between two looks at what the program for what comes in has found out about other nodes.
    private static final long PROOF_MS = 500;

    /// Addresses that age faster would be forgotten between two times.
    private static final long LEAST_AGE_NS = 1_000_000_000;

    private final Loops loops;
    private final Links links;
    private final LongSupplier clock;
    private final Runnable attention;
    private final Runnable onServed;
    private RoutingTable table = RoutingTable.empty();
    private boolean on = true;
    // Null until the first NIC asks for it.
    private volatile FastPath path;
    private long broughtTogetherNs;
    private long askedKernelNs;

    /// @param attention told when [#attend] should be called; must not wait
    /// @param onServed  told, under the node's lock, when other links may be [#served] than before
    KernelFlows(Loops loops, Links links, LongSupplier clock, Runnable attention, Runnable onServed) {
        this.loops = loops;
        this.links = links;
        this.clock = clock;
        this.attention = attention;
        this.onServed = onServed;
        this.broughtTogetherNs = clock.getAsLong();
        this.askedKernelNs = broughtTogetherNs;
    }

    /// Null where no NIC has asked for it.
    FastPath path() {
        return path;
    }

    /// @throws org.vnetp.overlay.posix.PosixException where the kernel or the node's rights do not allow it
    FastPath started() {
        if (path == null) {
            FastPath made = new FastPath();
            links.listening().ifPresent(l -> made.listen(OverlayNode.address(l.endpoint()), l.network()));
            made.onMove(attention);
            path = made;
            apply();
            follow();
            loops.onAll(loop -> loop.offers(made.offers()));
        }
        return path;
    }

    // --- what flows depend on ---

    /// The node listens somewhere else.
    void listen(NodeConfig.Listening next) {
        if (path != null) {
            path.listen(OverlayNode.address(next.endpoint()), next.network());
        }
        follow();
    }

    void addLink(NodeConfig.Link link) {
        if (path != null) {
            path.statistics().resetPort(link.port());
        }
        follow();
    }

    /// Takes over what the links are like; flows that go elsewhere now come back.
    void follow() {
        if (path == null) {
            return;
        }
        if (path.follow(links.tunnels())) {
            // A loop may be in the middle of an offer by what was so before: that comes back too.
            loops.onAll(_ -> {});
            path.flush();
        }
        onServed.run();
    }

    /// Lets the loops go by another table.
    void replaceTable(RoutingTable next) {
        table = next;
        if (path != null) {
            apply();
        }
        loops.replace(next);
        if (path != null) {
            // After the loops: what they offered by the old rules goes too.
            path.flush();
            onServed.run();
            attention.run();
        }
    }

    /// Lets the loops go by another table that moves a flow: the kernel does not have it while they do.
    ///
    /// @param swap gives the loops the table
    void moveTable(FlowRule flow, RoutingTable next, Runnable swap) {
        table = next;
        if (path != null) {
            path.enable(false);
            // A loop may be in the middle of an offer: what it still gives comes back too.
            loops.onAll(_ -> {});
            path.takeBack(flow.destination(), flow.source());
        }
        swap.run();
        if (path != null) {
            apply();
            onServed.run();
            attention.run();
        }
    }

    /// Whether the kernel may have flows, so that [#takeBack] has something to do. Any thread.
    boolean exists() {
        return path != null;
    }

    /// Takes a flow back, before frames of it are held here.
    void takeBack(long destination, long source) {
        if (path != null) {
            path.takeBack(destination, source);
        }
    }

    /// What the operator says.
    void on(boolean next) {
        on = next;
        if (path != null) {
            apply();
            // A loop may be in the middle of an offer: what it still gives comes back too.
            loops.onAll(_ -> {});
            if (!next) {
                path.flush();
            }
            onServed.run();
            attention.run();
        }
    }

    private void apply() {
        path.enable(on && tooMuchToLearn().isEmpty());
        path.learning(learns());
    }

    /// Why flows stay with the node by the way it learns, or an empty text.
    private String tooMuchToLearn() {
        if (!table.learning().enabled()) {
            return "";
        }
        if (table.relays()) {
            return "off while learning relays, as copies of a frame have to be told apart";
        }
        return table.learning().ageNs() < LEAST_AGE_NS ? "off while learned addresses age within a second" : "";
    }

    // --- learned addresses ---

    /// Whether the kernel may have flows while addresses are learned.
    private boolean learns() {
        return path != null && path.enabled() && table.learning().enabled();
    }

    /// Does what is due.
    ///
    /// @return milliseconds until the next time, or [Caretaker#UNTIL_CALLED]
    long attend() {
        long learnedMs = attendLearned();
        if (path == null || !path.awaitsProof()) {
            return learnedMs;
        }
        follow();
        return learnedMs == Caretaker.UNTIL_CALLED ? PROOF_MS : Math.min(learnedMs, PROOF_MS);
    }

    /// Brings learned addresses and the kernel's flows together, several times within the age of an address, and at
    /// once where one has moved.
    private long attendLearned() {
        if (!learns()) {
            return Caretaker.UNTIL_CALLED;
        }
        long everyMs = Math.clamp(
                TimeUnit.NANOSECONDS.toMillis(table.learning().ageNs() / 4), LEAST_TOGETHER_MS, MOST_TOGETHER_MS);
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(clock.getAsLong() - broughtTogetherNs);
        // An address that is said to be here and there by turns does not keep the node busy.
        long restMs = (path.moved() ? BETWEEN_MOVES_MS : everyMs) - sinceMs;
        if (restMs > 0) {
            return restMs;
        }
        bringTogether();
        return path.moved() ? BETWEEN_MOVES_MS : everyMs;
    }

    private void bringTogether() {
        path.beginTakeBack();
        hearFromKernel();
        Map<Long, LearnedAddress> youngest = youngest();
        long now = clock.getAsLong();
        if (loops.size() > 1) {
            // A loop that has not heard of an address floods what is for it, which the kernel does not; one that has
            // not heard of a move would offer the old flows again.
            loops.onAll(loop -> youngest.values()
                    .forEach(a -> loop.forwarder().heardByOther(a.mac(), a.port(), now - a.silentNs())));
        }
        Map<Long, Integer> ports = new HashMap<>();
        youngest.values().forEach(address -> ports.put(address.mac(), address.port()));
        path.takeBack(ports);
        broughtTogetherNs = clock.getAsLong();
    }

    /// Addresses whose frames the kernel carries stay young. When it was since the last time is not known: the earliest
    /// is taken, so that a loop which has heard an address elsewhere meanwhile is right.
    private void hearFromKernel() {
        long earliest = askedKernelNs;
        askedKernelNs = clock.getAsLong();
        List<FastPath.Heard> heard = path.heard();
        loops.onAll(loop -> heard.forEach(one -> loop.forwarder().heardByKernel(one.mac(), one.port(), earliest)));
    }

    /// What the loops have learned, with what the kernel has heard of it.
    List<LearnedAddress> learned() {
        if (learns()) {
            hearFromKernel();
        }
        return List.copyOf(youngest().values());
    }

    /// What the loops have learned, each address as the loop knows it that heard it last.
    private Map<Long, LearnedAddress> youngest() {
        Map<Long, LearnedAddress> youngest = new TreeMap<>();
        loops.onAll(loop -> {
            List<LearnedAddress> some = loop.forwarder().learned(clock.getAsLong());
            synchronized (youngest) {
                for (LearnedAddress address : some) {
                    youngest.merge(address.mac(), address, (a, b) -> a.silentNs() <= b.silentNs() ? a : b);
                }
            }
        });
        synchronized (youngest) {
            return new TreeMap<>(youngest);
        }
    }

    // --- what control shows ---

    /// What the kernel has carried until now, where there is a fast path.
    Optional<LoopStatistics> counted() {
        if (path == null) {
            return Optional.empty();
        }
        path.collect();
        return Optional.of(path.statistics());
    }

    /// Why a link's flows stay with the node; an empty text where they need not, nothing where there is no fast path.
    Optional<String> obstacle(String link) {
        return path == null
                ? Optional.empty()
                : Optional.ofNullable(path.links().get(link));
    }

    /// Which of the links that rules or learning join a NIC to are served; there must be a fast path.
    Served served(int nicPort) {
        if (!on) {
            return Served.none("off");
        }
        if (!tooMuchToLearn().isEmpty()) {
            return Served.none(tooMuchToLearn());
        }
        if (!path.unable().isEmpty()) {
            return Served.none("no: " + path.unable());
        }
        Map<String, String> obstacles = new LinkedHashMap<>();
        for (NodeConfig.Link link : links.configurations()) {
            if (table.joins(nicPort, link.port())) {
                // A link that the fast path was not told of goes over no network.
                obstacles.put(link.name(), path.links().getOrDefault(link.name(), "it stays in this process"));
            }
        }
        return Served.of(obstacles);
    }

    void close() {
        if (path != null) {
            path.close();
        }
    }
}
