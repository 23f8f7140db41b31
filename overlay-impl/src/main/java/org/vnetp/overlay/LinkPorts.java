package org.vnetp.overlay;

import java.lang.foreign.Arena;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.Encapsulator;
import org.vnetp.overlay.encap.Merger;
import org.vnetp.overlay.encap.MessageDecapsulator;
import org.vnetp.overlay.encap.MessageEncapsulator;
import org.vnetp.overlay.encap.Segmenter;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.NoLink;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.seal.SealedDecapsulator;
import org.vnetp.overlay.seal.SealedLink;
import org.vnetp.overlay.seal.SealedStrays;
import org.vnetp.overlay.seal.Sealing;
import org.vnetp.overlay.stats.LoopStatistics;

/// Gives open links to the loops: every loop gets a port that sends by the link, in the link's format and under its
/// seal, and one of them a port that receives too.
///
/// **Thread:** control's, one at a time; a port belongs to its loop.
final class LinkPorts {
    private static final int RECEIVE_SLOTS = 32;

    private final Loops loops;
    private final LongSupplier clock;
    private final LongSupplier timeNs;
    private final SealedStrays.Budget strays = new SealedStrays.Budget();

    /// @param clock  monotonic, nanoseconds
    /// @param timeNs nanoseconds since 1970; must not go back while the process lives
    LinkPorts(Loops loops, LongSupplier clock, LongSupplier timeNs) {
        this.loops = loops;
        this.clock = clock;
        this.timeNs = timeNs;
    }

    /// All loops have the link when it returns.
    ///
    /// @param network the virtual network's id
    void attach(OpenLink link, int network) {
        if (link.ucx() != null && !link.ucx().goLive()) {
            attachWithoutWay(link);
            return;
        }
        int reader = reader(link.config());
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            boolean read = i == reader;
            LinkPort port = link.ucx() != null
                    ? ucxPort(link, i, read, loop.statistics())
                    : datagramPort(link, network, i, read, loop.statistics());
            loops.on(loop, () -> loop.add(port, read));
        }
    }

    /// Which loop receives from a link: where its node may be anywhere the one that reads the listening socket, as what
    /// comes from a new address arrives there.
    int reader(NodeConfig.Link link) {
        return loops.reader(link.endpoint().isAny() ? 0 : link.index(), true);
    }

    /// No loop has the link any more when it returns.
    void detach(int port) {
        loops.onAll(loop -> loop.removeLink(port));
    }

    /// The loops know the link, so that its frames are counted as its own, but nothing can be sent.
    private void attachWithoutWay(OpenLink open) {
        int id = open.port();
        for (int i = 0; i < loops.size(); i++) {
            DispatchLoop loop = loops.get(i);
            LinkPort port = new LinkPort(
                    id,
                    open.config().name(),
                    new NoLink(),
                    new MessageEncapsulator(Arena.ofAuto()),
                    null,
                    null,
                    loop.statistics().port(id));
            loops.on(loop, () -> loop.add(port, false));
        }
    }

    private LinkPort ucxPort(OpenLink open, int index, boolean read, LoopStatistics counts) {
        Arena arena = new LazyArena();
        int id = open.port();
        ReceiveBatch batch = new ReceiveBatch(arena, RECEIVE_SLOTS);
        LinkPort port = new LinkPort(
                id,
                open.config().name(),
                open.ucx().link(index, arena, batch, counts),
                new MessageEncapsulator(arena),
                new MessageDecapsulator(arena, counts.drops()),
                batch,
                counts.port(id));
        if (read) {
            open.meter().attach(LoopStamps.withoutKernel(clock, timeNs), new PeerCounts(null, counts.port(id)));
            port.messages(open.meter());
        }
        return port;
    }

    private LinkPort datagramPort(OpenLink open, int network, int lane, boolean read, LoopStatistics counts) {
        Arena arena = new LazyArena();
        int id = open.port();
        Link link = open.memory() != null
                ? open.memory()
                : new UdpLink(arena, open.socket(), counts.drops(), counts.port(id));
        Sealing sealing = open.keys() == null ? null : open.keys().sealing();
        if (sealing != null) {
            link = new SealedLink(arena, link, sealing, lane, counts.drops());
        }
        Decapsulator decapsulator = null;
        ReceiveBatch batch = null;
        if (read) {
            batch = new ReceiveBatch(arena, RECEIVE_SLOTS);
            decapsulator = decapsulator(open, network, sealing, arena, counts);
        }
        Encapsulator encapsulator = open.isVxlan()
                ? new Segmenter(arena, network, Math.max(open.capacity(), Segmenter.LEAST_CAPACITY))
                : new VnetEncapsulator(arena, network, open.peer(), lane);
        LinkPort port =
                new LinkPort(id, open.config().name(), link, encapsulator, decapsulator, batch, counts.port(id));
        if (open.config().endpoint().isAny() && decapsulator instanceof SealedDecapsulator sealed) {
            port.strays(new SealedStrays(arena, sealed, sealing, strays));
        }
        if (read) {
            open.meter()
                    .attach(
                            open.socket() == null
                                    ? LoopStamps.withoutKernel(clock, timeNs)
                                    : new LoopStamps(clock, open.socket().descriptor()),
                            new PeerCounts(open.isVxlan() ? null : open.peer(), counts.port(id)));
            port.messages(open.meter());
        }
        return port;
    }

    private static Decapsulator decapsulator(
            OpenLink open, int network, Sealing sealing, Arena arena, LoopStatistics counts) {
        if (open.isVxlan()) {
            return new Merger(arena, network, Merger.Checksums.VERIFY, counts.drops());
        }
        return sealing == null
                ? new VnetDecapsulator(arena, network, open.peer(), counts.drops())
                : new SealedDecapsulator(
                        VnetDecapsulator.ofOpened(arena, network, open.peer(), counts.drops()),
                        sealing,
                        counts.drops());
    }
}
