package org.vnetp.overlay.dispatch;

import java.util.Arrays;

/// Which ports a loop has: its NICs and links, in a row and by their numbers in the routing table.
///
/// It knows nothing of frames; how they cross from port to port is [Ports]'s, which is this too, so that a frame's way
/// finds a port without one more object in between.
///
/// **Thread:** the loop's. **Ownership:** NICs and links belong to whoever added them and are closed by them, after
/// they have been removed here.
abstract class PortSet {
    private NicPort[] nics = {};
    private LinkPort[] links = {};
    private NicPort[] nicById = {};
    private LinkPort[] linkById = {};
    private boolean cutThrough = true;

    PortSet() {}

    public void add(NicPort port) {
        nics = Arrays.copyOf(nics, nics.length + 1);
        nics[nics.length - 1] = port;
        nicById = Arrays.copyOf(nicById, Math.max(nicById.length, port.id + 1));
        nicById[port.id] = port;
    }

    public void add(LinkPort port) {
        links = Arrays.copyOf(links, links.length + 1);
        links[links.length - 1] = port;
        linkById = Arrays.copyOf(linkById, Math.max(linkById.length, port.id + 1));
        linkById[port.id] = port;
    }

    public void remove(NicPort port) {
        nics = Arrays.stream(nics).filter(p -> p != port).toArray(NicPort[]::new);
        nicById[port.id] = null;
        for (LinkPort link : links) {
            link.lastGuest = null;
        }
    }

    /// What is staged on the link is lost.
    public void remove(LinkPort port) {
        links = Arrays.stream(links).filter(p -> p != port).toArray(LinkPort[]::new);
        linkById[port.id] = null;
    }

    /// The NIC of that number, or null.
    final NicPort nic(int id) {
        return id < nicById.length ? nicById[id] : null;
    }

    /// The link of that number, or null.
    final LinkPort link(int id) {
        return id >= 0 && id < linkById.length ? linkById[id] : null;
    }

    /// In the order in which they were added; not to be written.
    public final NicPort[] nics() {
        return nics;
    }

    /// In the order in which they were added; not to be written.
    public final LinkPort[] links() {
        return links;
    }

    /// Whether frames may stay where their guests have them until they are sent.
    final void cutThrough(boolean on) {
        cutThrough = on;
    }

    /// Whether a frame in slices costs no copy anywhere: then it may stay where its guest has it.
    final boolean takesSlices() {
        if (!cutThrough) {
            return false;
        }
        for (LinkPort port : links) {
            if (!port.encapsulator.takesSlices()) {
                return false;
            }
        }
        return true;
    }

    /// Takes over what fits the links' paths now; between two rounds, when nothing is staged but on links that are
    /// full. Those follow when they have been flushed.
    public final void followPaths() {
        for (LinkPort port : links) {
            if (!port.blocked) {
                port.followPath();
            }
        }
    }
}
