package org.vnetp.overlay.route;

import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.stats.DropReason;

/// Looks at what comes in whether it may, by the node's [Guard]s. In a node without any nobody calls it.
///
/// - A source address that is bound comes in where it is bound only, so that nobody else is taken for its
///   owner, and nobody's learning is led astray.
/// - What ARP (RFC 826) and IPv6's neighbour discovery (RFC 4861) say about who has an address must be
///   about the
/// frame's
///   own source, and about the IP addresses that its port may speak for.
/// - Frames for many are bounded by number: a bucket that a second fills, of the frames of a second.
///
/// One loop's, with its share of time: several loops that read one NIC's queues each give the whole bound.
public final class GuardCheck {
    private static final int ARP_LENGTH = 28;
    private static final int ARP_ETHERNET_IPV4 = 0x0001_0800;
    private static final int ARP_SENDER_MAC = 8;
    private static final int ARP_SENDER_IP = 14;

    private static final int NEXT_HEADER = 6;
    private static final int IPV6_HEADER = 40;
    private static final int IPV6_SOURCE = 8;
    private static final int ICMPV6 = 58;
    private static final int ROUTER_SOLICITATION = 133;
    private static final int ROUTER_ADVERTISEMENT = 134;
    private static final int NEIGHBOUR_SOLICITATION = 135;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;
    private static final int REDIRECT = 137;
    private static final int TARGET = 8;
    private static final int SOURCE_LINK_LAYER = 1;
    private static final int TARGET_LINK_LAYER = 2;
    private static final int OPTION_UNIT = 8;

    private static final int SLOTS_PER_ENTRY = 4;
    private static final long IPV4_MAPPED = 0xFFFF_0000_0000L;
    private static final long SECOND_NS = 1_000_000_000L;

    // By port id; null where nothing is said of it.
    private final Port[] ports;

    // Bound addresses: address + 1 and port, open addressing; an address that several ports may have stands several
    // times.
    private final long[] macs;
    private final int[] owners;

    /// One port's rules and what is left of its bound.
    private static final class Port {
        private final boolean bindsMacs;
        // Pairs of longs; IPv4 mapped as in RFC 4291, 2.5.5.2.
        private final long[] ips;
        private final int floodsASecond;
        private long left;
        private long sinceNs;

        Port(Guard guard) {
            bindsMacs = !guard.macs().isEmpty();
            floodsASecond = guard.floodsASecond();
            left = floodsASecond;
            ips = new long[2 * guard.ips().size()];
            int at = 0;
            for (InetAddress ip : guard.ips()) {
                byte[] bytes = ip.getAddress();
                ByteBuffer number = ByteBuffer.wrap(bytes);
                ips[at++] = bytes.length == 4 ? 0 : number.getLong();
                ips[at++] =
                        bytes.length == 4 ? IPV4_MAPPED | Integer.toUnsignedLong(number.getInt()) : number.getLong();
            }
        }

        boolean speaksFor(long high, long low) {
            if (ips.length == 0) {
                return true;
            }
            for (int i = 0; i < ips.length; i += 2) {
                if (ips[i] == high && ips[i + 1] == low) {
                    return true;
                }
            }
            return false;
        }

        boolean mayFlood(long nowNs) {
            if (floodsASecond == 0) {
                return true;
            }
            long passed = nowNs - sinceNs;
            if (passed >= SECOND_NS) {
                left = floodsASecond;
                sinceNs = nowNs;
            } else {
                long more = passed * floodsASecond / SECOND_NS;
                if (more > 0) {
                    left = Math.min(floodsASecond, left + more);
                    sinceNs += more * SECOND_NS / floodsASecond;
                }
            }
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }
    }

    public GuardCheck(List<Guard> guards) {
        int size = 0;
        int addresses = 0;
        for (Guard guard : guards) {
            size = Math.max(size, guard.port() + 1);
            addresses += guard.macs().size();
        }
        ports = new Port[size];
        macs = new long[Integer.highestOneBit(Math.max(1, addresses) * SLOTS_PER_ENTRY) << 1];
        owners = new int[macs.length];
        for (Guard guard : guards) {
            ports[guard.port()] = new Port(guard);
            guard.macs().forEach(mac -> bind(mac, guard.port()));
        }
    }

    private void bind(long mac, int port) {
        int slot = slot(mac);
        while (macs[slot] != 0) {
            slot = slot + 1 & macs.length - 1;
        }
        macs[slot] = mac + 1;
        owners[slot] = port;
    }

    private int slot(long mac) {
        long mixed = mac * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 40) & macs.length - 1;
    }

    /// Why a frame goes no further, or null.
    public DropReason refusal(Frame frame, int portId, long source, long destination, long nowNs) {
        Port port = portId < ports.length ? ports[portId] : null;
        if (!mayComeFrom(source, portId, port)) {
            return DropReason.SOURCE_REFUSED;
        }
        if (!saysTheTruth(frame, source, port)) {
            return DropReason.NEIGHBOUR_REFUSED;
        }
        if (port != null && MacAddress.isGroup(destination) && !port.mayFlood(nowNs)) {
            return DropReason.BROADCAST_LIMIT;
        }
        return null;
    }

    private boolean mayComeFrom(long mac, int portId, Port port) {
        boolean bound = false;
        for (int slot = slot(mac); macs[slot] != 0; slot = slot + 1 & macs.length - 1) {
            if (macs[slot] == mac + 1) {
                if (owners[slot] == portId) {
                    return true;
                }
                bound = true;
            }
        }
        return !bound && (port == null || !port.bindsMacs);
    }

    private boolean saysTheTruth(Frame frame, long source, Port port) {
        MemorySegment bytes = frame.head();
        long at = frame.ethernet() + EthernetHeader.TYPE_FIELD_OFFSET;
        long end = frame.offset() + frame.headLength();
        int type = NetworkOrder.u16(bytes, at);
        for (int tags = 0; tags < 2 && isTag(type) && at + 6 <= end; tags++) {
            at += 4;
            type = NetworkOrder.u16(bytes, at);
        }
        long packet = at + 2;
        if (type == EthernetHeader.TYPE_ARP) {
            return arp(bytes, packet, end, source, port);
        }
        return type != EthernetHeader.TYPE_IPV6
                || end - packet < IPV6_HEADER + OPTION_UNIT
                || NetworkOrder.u8(bytes, packet + NEXT_HEADER) != ICMPV6
                || neighbour(bytes, packet, end, source, port);
    }

    private static boolean isTag(int type) {
        return type == EthernetHeader.TYPE_VLAN || type == EthernetHeader.TYPE_QINQ;
    }

    private static boolean arp(MemorySegment bytes, long packet, long end, long source, Port port) {
        if (end - packet < ARP_LENGTH || NetworkOrder.i32(bytes, packet) != ARP_ETHERNET_IPV4) {
            return false;
        }
        if (NetworkOrder.u48(bytes, packet + ARP_SENDER_MAC) != source) {
            return false;
        }
        int ip = NetworkOrder.i32(bytes, packet + ARP_SENDER_IP);
        // A probe speaks for nobody (RFC 5227).
        return ip == 0 || port == null || port.speaksFor(0, IPV4_MAPPED | Integer.toUnsignedLong(ip));
    }

    private static boolean neighbour(MemorySegment bytes, long packet, long end, long source, Port port) {
        long message = packet + IPV6_HEADER;
        int type = NetworkOrder.u8(bytes, message);
        if (type < ROUTER_SOLICITATION || type > REDIRECT) {
            return true;
        }
        int options = switch (type) {
            case ROUTER_SOLICITATION -> 8;
            case ROUTER_ADVERTISEMENT -> 16;
            case REDIRECT -> 40;
            default -> 24;
        };
        if (end - message < options) {
            return false;
        }
        boolean advertises = type == NEIGHBOUR_ADVERTISEMENT;
        if (port != null && (advertises || type == NEIGHBOUR_SOLICITATION)) {
            long ip = advertises ? message + TARGET : packet + IPV6_SOURCE;
            long high = NetworkOrder.i64(bytes, ip);
            long low = NetworkOrder.i64(bytes, ip + Long.BYTES);
            if ((high != 0 || low != 0) && !port.speaksFor(high, low)) {
                return false;
            }
        }
        for (long option = message + options; option + OPTION_UNIT <= end; ) {
            int length = NetworkOrder.u8(bytes, option + 1) * OPTION_UNIT;
            if (length == 0 || option + length > end) {
                return false;
            }
            int kind = NetworkOrder.u8(bytes, option);
            // A redirect's target is another's.
            boolean own = kind == SOURCE_LINK_LAYER || kind == TARGET_LINK_LAYER && advertises;
            if (own && NetworkOrder.u48(bytes, option + 2) != source) {
                return false;
            }
            option += length;
        }
        return true;
    }
}
