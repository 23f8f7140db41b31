package org.vnetp.overlay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.Statement;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.link.InMemoryLink;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.seal.Identity;
import org.vnetp.overlay.seal.KeyExchange;
import org.vnetp.overlay.seal.KeyFiles;

/// Opens what a link's statement asks for: a socket or an end of UCX, and the keys of a sealed link. Whoever asked owns
/// the link then.
///
/// **Thread:** control's, one at a time.
final class LinkOpener {
    private static final int SEND_BUFFER = 4 << 20;
    private static final SecureRandom SESSIONS = new SecureRandom();

    private final AroundLinks node;

    LinkOpener(AroundLinks node) {
        this.node = node;
    }

    /// Opens a new link.
    ///
    /// @param owner takes the sessions of a link over UCX
    /// @throws PosixException           where the kernel refuses a socket; nothing stays behind then, nor below
    /// @throws IllegalArgumentException where a key cannot be had, or the path is too narrow for the link's format
    /// @throws IllegalStateException    where UCX or a cipher is missing
    OpenLink open(NodeConfig.Link link, NodeConfig.Listening from, UcxEnd.Owner owner) {
        return open(link, from, owner, new VnetPeer(node.timeNs()), meter());
    }

    /// Opens a link once more from where the node will listen. Its keys are new: they depend on the network's number,
    /// which may be another.
    ///
    /// @param owner takes the sessions of a link over UCX
    /// @throws PosixException           where the kernel refuses a socket; nothing stays behind then, nor below
    /// @throws IllegalArgumentException where a key cannot be had, or the path is too narrow for the link's format
    /// @throws IllegalStateException    where UCX or a cipher is missing
    OpenLink openFrom(NodeConfig.Listening next, OpenLink before, UcxEnd.Owner owner) {
        return open(before.config(), next, owner, before.peer(), before.meter());
    }

    private OpenLink open(
            NodeConfig.Link link, NodeConfig.Listening from, UcxEnd.Owner owner, VnetPeer peer, LinkMeter meter) {
        if (link.encapsulation() == Statement.Encapsulation.UCX) {
            return OpenLink.overUcx(
                    link, new UcxEnd(link, from, node.loops(), node.clock(), owner, node.log()), peer, meter);
        }
        UdpSocket socket = socket(link, from);
        KeyExchange keys = null;
        try {
            keys = keys(link, from, socket.lastCapacity());
            OpenLink open = OpenLink.overUdp(link, socket, peer, keys, meter);
            open.requireRoom();
            return open;
        } catch (IllegalArgumentException | IllegalStateException e) {
            socket.close();
            if (keys != null) {
                keys.close();
            }
            throw e;
        }
    }

    /// Opens another socket for a link whose own was destroyed.
    ///
    /// @throws PosixException where there is none to be had now
    OpenLink openAgain(OpenLink dead, NodeConfig.Listening from) {
        return dead.over(socket(dead.config(), from));
    }

    /// Opens a link over a pair of queues in this process, for tests.
    OpenLink open(NodeConfig.Link link, NodeConfig.Listening from, InMemoryLink memory) {
        return OpenLink.inMemory(
                link, memory, new VnetPeer(node.timeNs()), keys(link, from, memory.datagramCapacity()), meter());
    }

    private static LinkMeter meter() {
        return new LinkMeter(SESSIONS.nextInt(), ClockIdentity.HERE);
    }

    private UdpSocket socket(NodeConfig.Link link, NodeConfig.Listening from) {
        InetSocketAddress local = OverlayNode.address(from.endpoint());
        InetSocketAddress peer = OverlayNode.address(link.endpoint());
        UdpSocket socket = link.endpoint().isAny()
                ? UdpSocket.openToWhoever(local, true, SEND_BUFFER)
                : link.encapsulation() == Statement.Encapsulation.VXLAN
                        ? UdpSocket.openToAnyPort(local, peer, true, SEND_BUFFER)
                        : UdpSocket.open(local, peer, true, SEND_BUFFER);
        link.mtu().ifPresent(socket::mostMtu);
        socket.onChange(node.attention());
        return socket;
    }

    /// What keeps a link's keys; null where it is not sealed.
    ///
    /// @throws IllegalArgumentException where a key cannot be had, or is not the link's to use
    private KeyExchange keys(NodeConfig.Link link, NodeConfig.Listening from, int capacity) {
        if (link.seal().isEmpty()) {
            return null;
        }
        NodeConfig.Seal seal = link.seal().get();
        Identity own;
        try {
            own = KeyFiles.read(seal.keyFile());
        } catch (IOException e) {
            throw new IllegalArgumentException("key " + e.getMessage(), e);
        }
        return new KeyExchange(
                new KeyExchange.Settings(own, seal.peer(), from.network(), seal.suite(), seal.rekeyNs(), capacity),
                node.clock(),
                node.timeNs(),
                () -> node.loops().onAll(_ -> {}),
                node.keysDue(),
                text -> node.log().accept("link " + link.name() + ": " + text));
    }
}
