package org.vnetp.overlay;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.MoveReport;
import org.vnetp.overlay.dispatch.Moves;
import org.vnetp.overlay.route.FlowRule;
import org.vnetp.overlay.route.RoutingTable;

/// Which way frames go: the table in force, and flows that go over to another one ([RouteMoves]).
///
/// **Threads:** any, one after the other under the node's lock. That is free while a move's answers
/// are awaited: who moves a flow here and another the other way wait for each other's nodes.
final class Routes {
    private final Object lock;
    private final BooleanSupplier closed;
    private final Loops loops;
    private final KernelFlows kernelFlows;
    private final RouteMoves moves;
    private RoutingTable table = RoutingTable.empty();

    /// @param lock   the node's
    /// @param closed whether the node is; asked under the lock
    Routes(Object lock, BooleanSupplier closed, Loops loops, KernelFlows kernelFlows, RouteMoves moves) {
        this.lock = lock;
        this.closed = closed;
        this.loops = loops;
        this.kernelFlows = kernelFlows;
        this.moves = moves;
    }

    /// The table in force.
    RoutingTable table() {
        synchronized (lock) {
            return table;
        }
    }

    /// All loops go over to a table.
    void replace(RoutingTable next) {
        synchronized (lock) {
            table = next;
            kernelFlows.replaceTable(next);
        }
    }

    /// Moves a flow to where a table has it go, and returns when it is over.
    ///
    /// @throws StatementException where the way by the table does not answer; the table before
    ///     stays in force
    void move(FlowRule flow, RoutingTable next) throws StatementException {
        RouteMoves.Move move = begin(flow, next);
        try {
            while (!move.over()) {
                long pauseNs = attend(move);
                if (!move.over()) {
                    if (!loops.threaded()) {
                        throw new IllegalStateException("nobody steps the loops while a flow moves");
                    }
                    LockSupport.parkNanos(this, Math.max(pauseNs, 100_000));
                }
            }
        } finally {
            end(move);
        }
        if (!move.refusal().isEmpty()) {
            throw new StatementException(move.refusal());
        }
    }

    RouteMoves.Move begin(FlowRule flow, RoutingTable next) throws StatementException {
        synchronized (lock) {
            return moves.begin(flow, table, next);
        }
    }

    /// @return nanoseconds until the next time, unless an answer comes before
    long attend(RouteMoves.Move move) {
        synchronized (lock) {
            if (!closed.getAsBoolean()) {
                return moves.attend(move);
            }
            moves.giveUp(move);
            return 0;
        }
    }

    void end(RouteMoves.Move move) {
        synchronized (lock) {
            moves.giveUp(move);
            if (move.refusal().isEmpty()) {
                table = move.table();
            }
        }
    }

    /// What became of the flows that were moved last, the oldest first.
    List<MoveReport> moves() {
        synchronized (lock) {
            return moves.reports();
        }
    }

    /// Whether frames of moving flows are held here. For tests that show what happens where they
    /// are not.
    void holdFrames(boolean on) {
        loops.moves().holding(on);
    }

    /// Who is to do something before frames of moving flows are held here. For tests in which that
    /// takes its time.
    void arming(Moves.Arming first) {
        loops.moves().arming(first);
    }
}
