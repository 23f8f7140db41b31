package org.vnetp.overlay;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.FlowMove;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.LearnedAddress;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;

/// Moves flows of this node from one link to another without losing a frame or changing their order:
///
/// 1. Asks go by the new way and by the old one, until both have been answered. Where the two ways meet, a node now
///    is ready to hold frames that come by the new one, and knows how much longer the old one takes.
/// 2. The kernel's flows come back. Each loop takes the new table between two frames, and marks the end of what it
///    has sent by the old way.
/// 3. Frames that come by the new way wait there for the marks of all loops; then they go on.
///
/// Asks and marks are repeated until they are answered. Nothing has changed where the new way does not answer. An old
/// way that does not answer is taken for dead: what is in it is lost, and nothing waits for it.
///
/// **Threads:** one at a time, under the node's lock, but for what loops tell.
final class RouteMoves {
    /// Between two asks, and two marks of a loop.
    private static final long ASK_NS = 20_000_000L;

    private static final long MARK_NS = 10_000_000L;

    private static final long NEW_WAY_NS = 1_000_000_000L;
    private static final long OLD_WAY_NS = 500_000_000L;
    private static final long DONE_NS = 2_000_000_000L;
    private static final int REMEMBERED = 64;
    private static final SecureRandom CHANCE = new SecureRandom();

    /// Where a move stands.
    private enum State {
        ASKING,
        MOVING,
        MOVED,
        REFUSED,
        SET
    }

    /// A move that goes on, or is over.
    final class Move {
        private final long number;
        private final FlowRule flow;
        private final RoutingTable next;
        private final FlowMove said;
        private final long beganNs = clock.getAsLong();
        private State state = State.ASKING;
        private String why = "";
        private long dueNs = beganNs;
        private long swappedNs;
        private long overNs;
        private final Thread waiter = Thread.currentThread();

        Move(FlowRule flow, RoutingTable next, int oldPort, int newPort) {
            this.number = ++begun;
            this.flow = flow;
            this.next = next;
            this.said = new FlowMove(
                    CHANCE.nextLong(),
                    flow.source(),
                    flow.destination(),
                    oldPort,
                    newPort,
                    () -> LockSupport.unpark(waiter));
        }

        boolean over() {
            return state == State.MOVED || state == State.REFUSED || state == State.SET;
        }

        /// Why nothing has changed; empty where it has.
        String refusal() {
            return state == State.REFUSED ? why : "";
        }

        RoutingTable table() {
            return next;
        }

        private void end(State how, String because) {
            state = how;
            why = because;
            overNs = clock.getAsLong();
            if (current == this) {
                current = null;
                loops.moves().own(null);
            }
        }

        private MoveReport report() {
            return new MoveReport(
                    number,
                    flow.source(),
                    flow.destination(),
                    said.oldPort(),
                    said.newPort(),
                    state.name().toLowerCase(Locale.ROOT),
                    why,
                    said.oldWayNs(),
                    said.newWayNs(),
                    said.differenceNs(),
                    said.heldFrames(),
                    said.heldNs(),
                    said.letGoEarly(),
                    (over() ? overNs : clock.getAsLong()) - beganNs);
        }
    }

    private final Loops loops;
    private final Links links;
    private final Nics nics;
    private final KernelFlows kernelFlows;
    private final LongSupplier clock;
    private final Deque<Move> moves = new ArrayDeque<>();
    private Move current;
    private long begun;

    RouteMoves(Loops loops, Links links, Nics nics, KernelFlows kernelFlows, LongSupplier clock) {
        this.loops = loops;
        this.links = links;
        this.nics = nics;
        this.kernelFlows = kernelFlows;
        this.clock = clock;
    }

    /// Begins a move; [#attend] goes on with it.
    ///
    /// @param now  the table in force
    /// @param next the one that moves the flow
    /// @throws StatementException where there is no one way by the next table, or another move goes on
    Move begin(FlowRule flow, RoutingTable now, RoutingTable next) throws StatementException {
        if (current != null) {
            throw new StatementException("another flow is moving, from "
                    + MacAddress.format(current.flow.source()) + " to "
                    + MacAddress.format(current.flow.destination()) + "; expected one move at a time");
        }
        int from = flow.sourcePort() != Rule.ANY_PORT ? flow.sourcePort() : home(now, flow);
        int newPort = way(next, from, flow);
        int oldPort = way(now, from, flow);
        if (newPort < 0 || !isLink(newPort)) {
            throw new StatementException("frames from " + MacAddress.format(flow.source()) + " to "
                    + MacAddress.format(flow.destination()) + " would go "
                    + (newPort < 0 ? "nowhere, or to several places" : "to a NIC of this node")
                    + "; expected one link");
        }
        Move move = new Move(flow, next, isLink(oldPort) ? oldPort : Rule.ANY_PORT, newPort);
        moves.add(move);
        if (moves.size() > REMEMBERED) {
            moves.removeFirst();
        }
        if (oldPort == newPort) {
            kernelFlows.replaceTable(next);
            move.end(State.SET, "");
            return move;
        }
        current = move;
        loops.moves().own(move.said);
        return move;
    }

    private boolean isLink(int port) {
        return port >= 0 && links.configurations().stream().anyMatch(link -> link.port() == port);
    }

    /// The port where a flow's source is, or any.
    private int home(RoutingTable now, FlowRule flow) {
        for (NodeConfig.Nic nic : nics.configurations()) {
            if (nic.mac().isPresent() && nic.mac().getAsLong() == flow.source()) {
                return nic.port();
            }
        }
        // Where frames to it go is where its own come from.
        List<Integer> ports = new ArrayList<>(List.of(Rule.ANY_PORT));
        nics.configurations().forEach(nic -> ports.add(nic.port()));
        links.configurations().forEach(link -> ports.add(link.port()));
        int link = Rule.ANY_PORT;
        for (int port : ports) {
            int rule = now.way(port, flow.source(), flow.destination());
            if (rule >= 0 && !isLink(rule)) {
                return rule;
            }
            link = Math.max(link, rule);
        }
        return link >= 0 ? link : Math.max(Rule.ANY_PORT, learned(flow.source()));
    }

    private int way(RoutingTable table, int from, FlowRule flow) {
        int way = table.way(from, flow.destination(), flow.source());
        return way == RoutingTable.NO_RULE && table.learning().enabled() ? learned(flow.destination()) : way;
    }

    private int learned(long mac) {
        return kernelFlows.learned().stream()
                .filter(address -> address.mac() == mac)
                .mapToInt(LearnedAddress::port)
                .findFirst()
                .orElse(Rule.ANY_PORT);
    }

    /// Goes on with a move.
    ///
    /// @return nanoseconds until the next time, unless an answer comes before
    long attend(Move move) {
        long now = clock.getAsLong();
        if (move.state == State.ASKING) {
            ask(move, now);
        }
        if (move.state == State.MOVING) {
            mark(move, now);
        }
        return Math.max(0, move.dueNs - now);
    }

    private void ask(Move move, long now) {
        FlowMove said = move.said;
        long sinceNs = now - move.beganNs;
        boolean old = said.oldPort() >= 0;
        if (said.newWayNs() >= 0 && (!old || said.oldWayNs() >= 0 || sinceNs >= OLD_WAY_NS)) {
            swap(move, now);
            return;
        }
        if (said.newWayNs() < 0 && sinceNs >= NEW_WAY_NS) {
            move.end(
                    State.REFUSED,
                    "nothing has come back by the new way within " + NEW_WAY_NS / 1_000_000_000
                            + " s; expected links at both ends, a way on for the destination at each node, one back"
                            + " for the source, and nodes that know moves; nothing has changed");
            return;
        }
        if (now - move.dueNs >= 0) {
            move.dueNs = now + ASK_NS;
            int number = said.nextAsk(now);
            onReader(said.newPort(), loop -> said.askOn(loop, false, number));
            if (old) {
                onReader(said.oldPort(), loop -> said.askOn(loop, true, number));
            }
        }
    }

    private void onReader(int port, Consumer<DispatchLoop> command) {
        links.configurations().stream()
                .filter(link -> link.port() == port)
                .findFirst()
                .ifPresent(link -> {
                    DispatchLoop loop = loops.get(links.reader(link));
                    loop.execute(() -> command.accept(loop));
                });
    }

    private void swap(Move move, long now) {
        FlowMove said = move.said;
        boolean alive = said.oldPort() >= 0 && said.oldWayNs() >= 0;
        kernelFlows.moveTable(
                move.flow,
                move.next,
                () -> loops.replace(move.next, (loop, lane) -> {
                    if (alive) {
                        said.markOn(loop, lane, loops.size());
                    }
                }));
        move.swappedNs = now;
        move.state = State.MOVING;
        move.dueNs = now + MARK_NS;
        if (!alive) {
            move.end(
                    State.MOVED, said.oldPort() < 0 ? "the flow had no one way before" : "the old way does not answer");
        }
    }

    private void mark(Move move, long now) {
        if (move.said.done()) {
            move.end(State.MOVED, move.said.letGoEarly() ? "held frames were let go before the old way was empty" : "");
        } else if (now - move.swappedNs >= DONE_NS) {
            move.end(State.MOVED, "the far end has not told that it holds no frame any more");
        } else if (now - move.dueNs >= 0) {
            move.dueNs = now + MARK_NS;
            for (int i = 0; i < loops.size(); i++) {
                DispatchLoop loop = loops.get(i);
                int lane = i;
                int lanes = loops.size();
                loop.execute(() -> move.said.markOn(loop, lane, lanes));
            }
        }
    }

    /// Ends a move that nobody goes on with.
    void giveUp(Move move) {
        if (!move.over()) {
            move.end(
                    move.state == State.ASKING ? State.REFUSED : State.MOVED,
                    "who asked for it has gone" + (move.state == State.ASKING ? "; nothing has changed" : ""));
        }
    }

    /// What became of the last moves, the oldest first.
    List<MoveReport> reports() {
        return moves.stream().map(Move::report).toList();
    }
}
