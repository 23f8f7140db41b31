package org.vnetp.overlay.route;

import java.net.InetAddress;
import java.util.List;

/// What may come in at one port.
///
/// @param port          of a NIC or a link
/// @param macs          source addresses that may come in there, and nowhere else where they are not
///         allowed too;
/// empty:
///                      all that are bound to no other port
/// @param ips           IP addresses that ARP and neighbour discovery from there may speak for; empty: all
/// @param floodsASecond broadcast and multicast frames a second; 0: no bound
public record Guard(int port, List<Long> macs, List<InetAddress> ips, int floodsASecond) {
    public Guard {
        macs = List.copyOf(macs);
        ips = List.copyOf(ips);
    }
}
