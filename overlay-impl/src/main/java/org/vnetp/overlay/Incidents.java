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
    /// A flow whose frames are about to be held, and what holds them once the kernel has it no more.
    record Hold(long destination, long source, Runnable then) {}

    private final Runnable call;
    private final Queue<Death> deaths = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> tunnels = new ConcurrentLinkedQueue<>();
    private final Queue<Hold> holds = new ConcurrentLinkedQueue<>();
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
    void onHold(long destination, long source, Runnable then) {
        holds.add(new Hold(destination, source, then));
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

    void takeHolds(Consumer<Hold> each) {
        for (Hold hold = holds.poll(); hold != null; hold = holds.poll()) {
            each.accept(hold);
        }
    }

    /// Whether the network has changed since the last time.
    boolean takeNetworkChange() {
        return networkChanged.getAndSet(false);
    }
}
