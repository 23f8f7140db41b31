package org.vnetp.overlay;

import java.util.function.Consumer;
import org.vnetp.overlay.posix.Ended;
import org.vnetp.overlay.posix.NetworkChanges;
import org.vnetp.overlay.posix.PosixException;

/// The thread that hears of changes of the host's network. It sleeps while there are none; of many at a time it makes
/// few.
final class NetworkWatch implements AutoCloseable {
    /// After a change was told, what follows it is told together.
    private static final long PAUSE_NS = 20_000_000;

    private final NetworkChanges changes;
    private final Thread thread;

    private NetworkWatch(NetworkChanges changes, Runnable onChange) {
        this.changes = changes;
        this.thread = Thread.ofPlatform().name("vnetp-network").daemon(true).start(() -> {
            while (changes.await()) {
                onChange.run();
                changes.pause(PAUSE_NS);
            }
        });
    }

    /// Begins to listen.
    ///
    /// @param onChange called by the watch's thread; must not wait
    /// @param log      told where the kernel does not let this process listen
    /// @return null then
    static NetworkWatch start(Runnable onChange, Consumer<String> log) {
        try {
            return new NetworkWatch(NetworkChanges.subscribe(), onChange);
        } catch (PosixException e) {
            log.accept(
                    "the node looks at the network every second, as it cannot be told of changes: " + e.getMessage());
            return null;
        }
    }

    /// Ends the thread.
    @Override
    public void close() {
        changes.end();
        Ended.await(thread);
        changes.close();
    }
}
