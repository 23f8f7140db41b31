package org.vnetp.overlay;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.link.UnderlayPath;
import org.vnetp.overlay.posix.Posix;

/// What the network has for a node's links at the moment: by which interface each leaves, and how long its datagrams
/// may be. Asked for anew whenever the network has changed; whoever sends on a link goes by what stands here (the
/// socket holds the size for the loops).
///
/// **Thread:** control's, one at a time.
final class Paths {
    /// @param mostMtu what the link's statement allows, bytes of an IP packet
    /// @param least   bytes of UDP payload without which the link's format does not work
    private record Watched(String name, UdpSocket socket, InetAddress source, int mostMtu, int least) {}

    /// @param capacity bytes of UDP payload that a datagram may have, or might have if there were a path
    private record Known(UnderlayPath way, int capacity) {}

    private final Consumer<String> log;
    private final Posix posix = new Posix();
    private final Map<Integer, Watched> watched = new TreeMap<>();
    private final Map<Integer, Known> known = new TreeMap<>();

    /// @param log told when a link loses its path, and when it has one again
    Paths(Consumer<String> log) {
        this.log = log;
    }

    /// Looks after a link's socket from now on, in the place of one that the link had before.
    ///
    /// @param mostMtu what the link's statement allows, bytes of an IP packet
    /// @param least   bytes of UDP payload without which the link's format does not work
    void watch(int port, String name, UdpSocket socket, InetAddress source, int mostMtu, int least) {
        watched.put(port, new Watched(name, socket, source, mostMtu, least));
        follow(port);
    }

    void forget(int port) {
        watched.remove(port);
        known.remove(port);
    }

    /// Asks the kernel about all paths.
    ///
    /// @return whether one is another than before
    boolean follow() {
        boolean changed = false;
        for (int port : watched.keySet()) {
            changed |= follow(port);
        }
        return changed;
    }

    private boolean follow(int port) {
        Watched link = watched.get(port);
        int capacity = link.socket().remeasure(posix);
        InetSocketAddress peer = link.socket().peer();
        UnderlayPath way = peer == null
                ? UnderlayPath.nowhere("where its node is is not known before it sends something")
                : UnderlayPath.ask(link.source(), peer.getAddress());
        if (way.exists() && capacity < link.least()) {
            int mtu = link.socket().pathMtu();
            way = way.without(
                    "the path's MTU is " + mtu + " bytes; the link's format needs " + (link.least() + mtu - capacity));
        }
        link.socket().path(way.exists());
        Known now = new Known(way, capacity);
        Known before = known.put(port, now);
        if (before == null ? !way.exists() : !before.way().trouble().equals(way.trouble())) {
            log.accept("link " + link.name() + ": "
                    + (way.exists()
                            ? "has a path again, by " + way.interfaceName()
                            : "no path, frames for it are" + " dropped: " + way.trouble()));
        }
        return !now.equals(before);
    }

    /// The path of a link that is watched.
    UnderlayPath way(int port) {
        return known.get(port).way();
    }

    /// Whether there is a path that is narrower than its first interface, because the network told so by ICMP: the
    /// kernel forgets that after a time, without a word.
    boolean anyNarrowed() {
        return watched.entrySet().stream().anyMatch(entry -> {
            Watched link = entry.getValue();
            return link.socket().pathMtu()
                    < Math.min(link.mostMtu(), known.get(entry.getKey()).way().interfaceMtu());
        });
    }
}
