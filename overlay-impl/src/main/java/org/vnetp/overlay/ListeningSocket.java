package org.vnetp.overlay;

import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.Death;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.ListenPort;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.stats.DropReason;

/// The node's listening socket. It takes the datagrams that belong to no link, so that a loop counts them with their
/// reason and nobody is told that the port is closed. The links' own sockets are bound to the same address, each
/// connected to its peer.
///
/// **Thread:** control's, one at a time. It owns its socket, which is closed once no loop has it any more.
final class ListeningSocket {
    private static final int RECEIVE_SLOTS = 1;
    private static final int SEND_BUFFER = 4 << 20;

    private final Loops loops;
    private final Supplier<List<InetSocketAddress>> peers;
    private final Consumer<String> log;
    private NodeConfig.Listening where;
    // Both null until the node listens.
    private UdpSocket socket;
    private ListenPort port;
    // The socket was destroyed; it stays open, and useless, until another has taken its place.
    private boolean dead;

    /// @param peers the other ends of links that take datagrams from one port only
    /// @param log   takes a line about what an operator should know
    ListeningSocket(Loops loops, Supplier<List<InetSocketAddress>> peers, Consumer<String> log) {
        this.loops = loops;
        this.peers = peers;
        this.log = log;
    }

    /// Where the node listens, once it does.
    Optional<NodeConfig.Listening> where() {
        return Optional.ofNullable(where);
    }

    /// Opens the socket that the node is to have next; the caller owns it until [#attach].
    ///
    /// @throws PosixException           where the kernel refuses it, or another program has the port
    /// @throws IllegalArgumentException where the address is of a kind that sockets do not take
    UdpSocket opened(NodeConfig.Listening next) {
        InetSocketAddress address = OverlayNode.address(next.endpoint());
        if (where == null || where.endpoint().port() != next.endpoint().port()) {
            UdpSocket.probe(address);
        }
        return open(address);
    }

    private static UdpSocket open(InetSocketAddress address) {
        return UdpSocket.open(address, null, true, SEND_BUFFER);
    }

    /// Listens there from now on, by a socket of [#opened].
    void attach(NodeConfig.Listening next, UdpSocket opened) {
        where = next;
        socket = opened;
        attach();
    }

    /// Gives the socket, if there is one, to its loop: after loops have been made anew.
    void attach() {
        if (socket == null) {
            return;
        }
        Arena arena = new LazyArena();
        ListenPort next = new ListenPort(new UdpListener(arena, socket), new ReceiveBatch(arena, RECEIVE_SLOTS));
        next.peers(peers.get());
        port = next;
        DispatchLoop loop = loop();
        loops.on(loop, () -> loop.listen(next));
    }

    /// Takes the socket, if there is one, from its loop and closes it.
    void detach() {
        if (socket != null) {
            DispatchLoop loop = loop();
            loops.on(loop, () -> loop.listen(null));
            socket.close();
            socket = null;
            port = null;
            dead = false;
        }
    }

    /// Tells the loop of other peers.
    void tellPeers() {
        if (port != null) {
            ListenPort there = port;
            List<InetSocketAddress> now = peers.get();
            loops.on(loop(), () -> there.peers(now));
        }
    }

    private DispatchLoop loop() {
        return loops.get(loops.reader(0, true));
    }

    /// The loop has found the socket destroyed.
    void onDeath(Death death) {
        if (socket != null && socket.descriptor() == death.descriptor()) {
            dead = true;
            log.accept("listen " + where.endpoint() + ": the socket was destroyed (" + Errno.text(death.errno())
                    + "); the node opens another");
        }
    }

    /// Opens another in the place of a socket that was destroyed.
    ///
    /// @return whether it is still missing
    boolean recover() {
        if (dead) {
            try {
                UdpSocket again = open(OverlayNode.address(where.endpoint()));
                detach();
                attach(where, again);
            } catch (PosixException e) {
                // It was said that it is missing; the address may come back.
            }
        }
        return dead;
    }

    /// Counts what the socket dropped before the loop saw it.
    void countInto(OutsideDrops outside, Posix posix) {
        if (socket != null) {
            outside.count(DropReason.SOCKET_FULL, socket, socket.drops(posix));
        }
    }

    /// Closes the socket; the loops have ended.
    void close() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
