package org.vnetp.overlay;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.vnetp.overlay.dispatch.Death;

/// What loops and the network's watch find while the node runs, kept until [Upkeep] sees to it.
///
/// **Thread:** those that tell are loops' and the watch's, and never wait; those that take are the node's, with its
/// lock
/// held.
final class Incidents {
    private final Runnable call;
    private final Queue<Death> deaths = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> tunnels = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> holds = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean networkChanged = new AtomicBoolean();

    /// @param call asks for a look at what there is; must not wait
    Incidents(Runnable call) {
        this.call = call;
    }

    // --- any thread ---

    /// A descriptor has become useless.
    void onDeath(Death death) {
        deaths.add(death);
        call.run();
    }

    /// The guest of a NIC has a tunnel of its own.
    void onTunnel(int nicPort) {
        tunnels.add(nicPort);
        call.run();
    }

    /// The network is another than before, or a path narrower than it was thought to be.
    void onNetworkChange() {
        networkChanged.set(true);
        call.run();
    }

    /// Frames of a flow are about to be held, which the kernel may not carry then.
    ///
    /// @param then what holds them
    void onHold(Runnable then) {
        holds.add(then);
        call.run();
    }

    // --- with the node's lock held ---

    void takeDeaths(Consumer<Death> each) {
        for (Death death = deaths.poll(); death != null; death = deaths.poll()) {
            each.accept(death);
        }
    }

    /// @param each takes the port of a NIC
    void takeTunnels(IntConsumer each) {
        for (Integer nicPort = tunnels.poll(); nicPort != null; nicPort = tunnels.poll()) {
            each.accept(nicPort);
        }
    }

    boolean anyHolds() {
        return !holds.isEmpty();
    }

    void takeHolds(Consumer<Runnable> each) {
        for (Runnable then = holds.poll(); then != null; then = holds.poll()) {
            each.accept(then);
        }
    }

    /// Whether the network has changed since the last time.
    boolean takeNetworkChange() {
        return networkChanged.getAndSet(false);
    }
}
