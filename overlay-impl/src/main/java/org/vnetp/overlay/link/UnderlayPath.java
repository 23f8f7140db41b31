package org.vnetp.overlay.link;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.NetworkTables;
import org.vnetp.overlay.posix.PosixException;

/// The way that the network has at a moment for the datagrams of a link: by which interface they leave, or why they
/// cannot.
///
/// @param interfaceIndex  where they leave; 0 where there is no route
/// @param interfaceName   its name, or empty
/// @param interfaceMtu    bytes of an IP packet that it takes; the path may take less
/// @param ethernet        packets there have an Ethernet header
/// @param nextHop         whose link-layer address they bear there; null where there is no route
/// @param trouble         why no datagram can leave, or empty
public record UnderlayPath(
        int interfaceIndex,
        String interfaceName,
        int interfaceMtu,
        boolean ethernet,
        InetAddress nextHop,
        String trouble) {
    /// Asks the kernel. For control, never per frame.
    ///
    /// @param source      this node's address
    /// @param destination the other node's
    public static UnderlayPath ask(InetAddress source, InetAddress destination) {
        NetworkTables.Route route;
        try {
            route = NetworkTables.route(source, destination);
        } catch (PosixException e) {
            String why = isOurs(source)
                    ? "no route to " + destination.getHostAddress() + ": " + Errno.text(e.errno())
                    : source.getHostAddress() + " is no address of this host";
            return nowhere(why);
        }
        try {
            NetworkTables.Device device = NetworkTables.device(route.interfaceIndex());
            String trouble = !device.up() ? " is down" : !device.carrier() ? " has no carrier" : "";
            return new UnderlayPath(
                    device.index(),
                    device.name(),
                    device.mtu(),
                    device.ethernet() && !route.local(),
                    route.nextHop(),
                    trouble.isEmpty() ? "" : "interface " + device.name() + trouble);
        } catch (PosixException e) {
            return nowhere("its interface is going: " + Errno.text(e.errno()));
        }
    }

    /// Kernels answer for a source that they do not have by one error or another.
    private static boolean isOurs(InetAddress source) {
        try {
            return NetworkInterface.getByInetAddress(source) != null;
        } catch (SocketException e) {
            return true;
        }
    }

    /// No path, for a reason.
    public static UnderlayPath nowhere(String why) {
        return new UnderlayPath(0, "", 0, false, null, why);
    }

    /// The same, but of no use for a reason that the link has.
    public UnderlayPath without(String why) {
        return new UnderlayPath(interfaceIndex, interfaceName, interfaceMtu, ethernet, nextHop, why);
    }

    /// Whether datagrams can leave.
    public boolean exists() {
        return trouble.isEmpty();
    }

    /// Whether the next hop was asked for its link-layer address lately and did not answer: datagrams leave, but
    /// nobody takes them. Asks the kernel.
    public boolean unanswered() {
        return nextHop != null && ethernet && NetworkTables.isSilent(interfaceIndex, nextHop);
    }
}
