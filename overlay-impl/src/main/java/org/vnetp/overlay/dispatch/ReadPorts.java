package org.vnetp.overlay.dispatch;

import java.util.Arrays;
import java.util.function.Consumer;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Posix;

/// What one loop reads: guests' NICs, links, perhaps the listening socket, and what epoll watches
/// of each. [Ports] has all that it writes to.
///
/// **Thread:** the loop's.
final class ReadPorts {
    // What epoll hands back: a port's id, and these.
    static final int EVENT_LINK = 1 << 16;
    static final int EVENT_LISTEN = 1 << 18;
    static final int EVENT_PORT = EVENT_LINK - 1;

    private final Posix posix;
    private final Ports ports;
    private final InboundPath inbound;
    private final Descriptors descriptors;
    private final LoopParts loop;
    private NicPort[] nics = {};
    private LinkPort[] links = {};
    /// Those of them that are visited in each round, and asked before each wait.
    private LinkPort[] driven = {};
    private ListenPort listening;
    private Consumer<Death> deaths = _ -> {};
    private boolean awaitsWritable;
    /// What the NICs were told last.
    private boolean polled;

    /// @param loop who reads, as all loops of the node know it
    ReadPorts(Posix posix, Ports ports, InboundPath inbound, Descriptors descriptors, LoopParts loop) {
        this.posix = posix;
        this.ports = ports;
        this.inbound = inbound;
        this.descriptors = descriptors;
        this.loop = loop;
    }

    /// Who is told about descriptors that have become useless.
    void deaths(Consumer<Death> listener) {
        deaths = listener;
    }

    NicPort[] nics() {
        return nics;
    }

    LinkPort[] links() {
        return links;
    }

    LinkPort[] driven() {
        return driven;
    }

    /// The listening socket, or null.
    ListenPort listening() {
        return listening;
    }

    // --- what is read ---

    void add(NicPort port) {
        nics = Arrays.copyOf(nics, nics.length + 1);
        nics[nics.length - 1] = port;
        port.watch = descriptors.add(port.nic.descriptor(), port.id, Epoll.IN, port.name);
        port.nic.polled(posix, polled);
    }

    /// @param asked the loop is to receive from it; else only if it has to be visited anyhow
    void add(LinkPort port, boolean asked) {
        port.read = asked || port.link.driven();
        if (asked) {
            ports.moves().moves().reads(port.id, loop);
        }
        if (port.read) {
            links = Arrays.copyOf(links, links.length + 1);
            links[links.length - 1] = port;
            followLinks();
            port.watch = descriptors.add(port.link.descriptor(), EVENT_LINK | port.id, Epoll.IN, port.name);
        }
    }

    /// Reads a listening socket in the place of the one before; null: none.
    void listen(ListenPort port) {
        if (listening != null) {
            listening.watch.remove();
        }
        listening = port;
        if (port != null) {
            port.watch = descriptors.add(port.listener.descriptor(), EVENT_LISTEN, Epoll.IN, "the listening socket");
        }
    }

    void remove(NicPort port) {
        if (port.watch != null) {
            port.watch.remove();
            port.watch = null;
        }
        nics = Arrays.stream(nics).filter(p -> p != port).toArray(NicPort[]::new);
    }

    void remove(LinkPort port) {
        if (port.watch != null) {
            port.watch.remove();
            port.watch = null;
        }
        if (port.read) {
            ports.moves().moves().readsNoMore(port.id, loop);
        }
        port.read = false;
        links = Arrays.stream(links).filter(p -> p != port).toArray(LinkPort[]::new);
        followLinks();
    }

    private void followLinks() {
        driven = Arrays.stream(links).filter(p -> p.link.driven()).toArray(LinkPort[]::new);
        inbound.roaming(Arrays.stream(links).filter(p -> p.strays != null).toArray(LinkPort[]::new));
    }

    // --- descriptors that have become useless ---

    /// A NIC's is; it is read no more.
    void lost(NicPort port) {
        remove(port);
        deaths.accept(new Death(Death.Kind.NIC, port.id, port.nic.descriptor(), port.death));
    }

    /// The listening socket's is; it is read no more.
    void lost(ListenPort port) {
        listen(null);
        deaths.accept(new Death(Death.Kind.LISTENER, -1, port.listener.descriptor(), port.listener.death()));
    }

    /// A link's is, which is told once.
    void report(LinkPort port) {
        if (!port.deathReported) {
            port.deathReported = true;
            deaths.accept(new Death(Death.Kind.LINK, port.id, port.link.descriptor(), port.link.death()));
        }
    }

    // --- around a wait ---

    /// Tells the NICs whether they are read in each round.
    void polled(boolean on) {
        if (on != polled) {
            tellPolled(on);
        }
    }

    private void tellPolled(boolean on) {
        polled = on;
        for (NicPort port : nics) {
            port.nic.polled(posix, on);
        }
    }

    /// Lets driven links rest.
    ///
    /// @return milliseconds that the loop may wait: as told, or fewer
    int restDriven(int wantedMs) {
        int timeoutMs = wantedMs;
        for (LinkPort port : driven) {
            int restMs = port.link.rest();
            if (restMs >= 0) {
                timeoutMs = timeoutMs < 0 ? restMs : Math.min(timeoutMs, restMs);
            }
        }
        return timeoutMs;
    }

    /// Whether frames of a link are unfinished.
    boolean holds() {
        for (LinkPort port : links) {
            if (port.decapsulator.holds()) {
                return true;
            }
        }
        return false;
    }

    /// While a link is full its descriptor is watched for room, and the NICs are not: their frames
    /// stay in the guests' queues.
    void watchWritable() {
        boolean blocked = ports.anyBlocked();
        if (blocked != awaitsWritable) {
            watchWritable(blocked);
        }
    }

    private void watchWritable(boolean blocked) {
        awaitsWritable = blocked;
        for (LinkPort port : ports.links()) {
            if (port.read) {
                port.watch.interest(blocked ? Epoll.IN | Epoll.OUT : Epoll.IN);
            } else if (blocked) {
                port.watch = descriptors.add(port.link.descriptor(), EVENT_LINK | port.id, Epoll.OUT, port.name);
            } else if (port.watch != null) {
                port.watch.remove();
                port.watch = null;
            }
        }
        for (NicPort port : nics) {
            port.watch.interest(blocked ? 0 : Epoll.IN);
        }
    }

    /// Gives up what has waited for too long for the rest of it, and tells of links that are of no
    /// use any more.
    void lookAfter(long now) {
        for (LinkPort port : links) {
            port.decapsulator.expire(now);
        }
        for (LinkPort port : ports.links()) {
            // A loop that only sends hears of it by its own calls.
            if (port.link.death() != 0) {
                report(port);
            }
        }
    }
}
