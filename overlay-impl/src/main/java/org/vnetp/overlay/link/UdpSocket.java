package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.posix.SocketAddresses;

/// A UDP socket of a node: the listening one, or one connected to a peer. Several share the node's address by
/// SO_REUSEPORT; the kernel gives a datagram to the socket connected to its sender, else to the listening one.
public final class UdpSocket implements AutoCloseable {
    /// Receive and send buffers that are asked for, bytes.
    public static final int BUFFER_BYTES = 8 << 20;

    static final int SOL_UDP = 17;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;

    /// Of IPv6 sockets: take datagrams without a checksum.
    private static final int UDP_NO_CHECK6_RX = 102;

    private static final int SOCK_DGRAM = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    static final int IPPROTO_IP = 0;
    static final int IPPROTO_IPV6 = 41;
    /// What a datagram's TOS is set by when sent, and told by when received.
    static final int IP_TOS = 1;

    static final int IPV6_TCLASS = 67;
    private static final int IP_RECVTOS = 13;
    private static final int IPV6_RECVTCLASS = 66;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_MTU = 14;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_MTU = 24;
    private static final int PMTUDISC_DO = 2;
    private static final int IPV4_AND_UDP_HEADERS = 28;
    private static final int IPV6_AND_UDP_HEADERS = 48;
    private static final int DEFAULT_MTU = 1500;

    /// Whom a socket is for.
    private enum Towards {
        /// One address; or, with none, everybody: the listening socket.
        PEER,
        /// One address with all its ports.
        ANY_PORT_OF_PEER,
        /// One that may be anywhere, and is not known yet.
        WHOEVER
    }

    private final int fd;
    private final boolean ipv6;
    private final boolean gro;
    private final boolean anyPort;
    private final SegmentedSends segmentedSends = new SegmentedSends(System::nanoTime);
    // Null but where the peer may be anywhere.
    private final InetSocketAddress local;
    private volatile InetSocketAddress peer;
    private MemorySegment connected;
    private boolean bound;
    private volatile int moves;

    // What a datagram may have: written by whoever measures, read by control and the loops.
    private volatile int capacity;
    private volatile boolean path;
    private volatile int most = Integer.MAX_VALUE;
    private volatile Runnable onChange = () -> {};

    private UdpSocket(
            int fd, boolean ipv6, boolean gro, InetSocketAddress local, InetSocketAddress peer, boolean anyPort) {
        this.fd = fd;
        this.ipv6 = ipv6;
        this.gro = gro;
        this.local = local;
        this.path = local == null;
        this.peer = peer;
        this.anyPort = anyPort;
        this.connected = peer == null ? null : SocketAddresses.encode(Arena.ofAuto(), connected(peer, anyPort));
        this.capacity = payload(DEFAULT_MTU);
    }

    private static InetSocketAddress connected(InetSocketAddress peer, boolean anyPort) {
        return anyPort ? new InetSocketAddress(peer.getAddress(), 0) : peer;
    }

    /// Opens a socket bound to `local`, connected to `peer` unless that is null.
    ///
    /// @param offload ask for UDP_GRO
    public static UdpSocket open(InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer) {
        return open(Towards.PEER, local, peer, offload, sendBuffer);
    }

    /// The same, but takes datagrams from every port of the peer: a VXLAN endpoint sends from a port that is a hash
    /// of the inner flow (RFC 7348, section 5) and only receives at its own. The kernel lets a socket be connected
    /// to an address with port 0; datagrams out then name their destination ([#destination]).
    public static UdpSocket openToAnyPort(
            InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer) {
        return open(Towards.ANY_PORT_OF_PEER, local, peer, offload, sendBuffer);
    }

    /// Opens a socket whose peer may be anywhere. It has no address, neither takes nor sends anything, until somebody
    /// says where the peer is ([#follow]).
    public static UdpSocket openToWhoever(InetSocketAddress local, boolean offload, int sendBuffer) {
        return open(Towards.WHOEVER, local, null, offload, sendBuffer);
    }

    private static UdpSocket open(
            Towards towards, InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer) {
        boolean anyPort = towards == Towards.ANY_PORT_OF_PEER;
        boolean whoever = towards == Towards.WHOEVER;
        Posix posix = new Posix();
        String what = "open the UDP socket " + text(local) + (peer == null ? "" : " towards " + text(peer));
        if (peer != null && SocketAddresses.family(local) != SocketAddresses.family(peer)) {
            throw new IllegalArgumentException(what + ": one address is IPv4, the other IPv6");
        }
        int fd = Posix.check(
                posix.socket(SocketAddresses.family(local), SOCK_DGRAM | Posix.O_NONBLOCK | Posix.O_CLOEXEC, 0), what);
        try (Arena arena = Arena.ofConfined()) {
            boolean ipv6 = SocketAddresses.family(local) == SocketAddresses.AF_INET6;
            Posix.check(posix.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1), what + ": SO_REUSEPORT");
            if (posix.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES) < 0) {
                posix.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
            }
            if (posix.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, sendBuffer) < 0) {
                posix.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, sendBuffer);
            }
            // Datagrams are cut to the path's MTU; the IP layer must never fragment one.
            posix.setsockopt(
                    fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PMTUDISC_DO);
            if (anyPort && ipv6) {
                // RFC 7348, section 5: without one "it MUST be accepted". IPv4 sockets take them anyhow.
                Posix.check(posix.setsockopt(fd, SOL_UDP, UDP_NO_CHECK6_RX, 1), what + ": UDP_NO_CHECK6_RX");
            }
            boolean gro = offload && posix.setsockopt(fd, SOL_UDP, UDP_GRO, 1) >= 0;
            if (!whoever) {
                Posix.check(posix.bind(fd, SocketAddresses.encode(arena, local), SocketAddresses.length(local)), what);
            }
            if (peer != null) {
                InetSocketAddress connected = connected(peer, anyPort);
                Posix.check(
                        posix.connect(fd, SocketAddresses.encode(arena, connected), SocketAddresses.length(connected)),
                        what);
                discardStrangers(posix, arena, fd);
            }
            if (peer != null || whoever) {
                Posix.check(
                        posix.setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1),
                        what + ": congestion marks");
            }
            UdpSocket opened = new UdpSocket(fd, ipv6, gro, whoever ? local : null, peer, anyPort);
            opened.remeasure(posix);
            return opened;
        } catch (PosixException | IllegalArgumentException e) {
            posix.close(fd);
            throw e;
        }
    }

    /// Tries whether an address is free. The sockets of a node share it by SO_REUSEPORT, which would also let in a
    /// second node of the same user; without the option a port in use shows.
    ///
    /// @throws PosixException when it is in use, or none of this host's
    public static void probe(InetSocketAddress local) {
        Posix posix = new Posix();
        String what = "bind " + text(local);
        int fd = Posix.check(posix.socket(SocketAddresses.family(local), SOCK_DGRAM | Posix.O_CLOEXEC, 0), what);
        try (Arena arena = Arena.ofConfined()) {
            Posix.check(posix.bind(fd, SocketAddresses.encode(arena, local), SocketAddresses.length(local)), what);
        } finally {
            posix.close(fd);
        }
    }

    /// Between bind and connect anybody's datagrams were queued here.
    private static void discardStrangers(Posix posix, Arena arena, int fd) {
        MemorySegment one = arena.allocate(1);
        for (int i = 0; i < 1024; i++) {
            int got = posix.read(fd, one.address(), 1);
            if (got == -Errno.EAGAIN) {
                return;
            }
        }
    }

    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    public int descriptor() {
        return fd;
    }

    public boolean ipv6() {
        return ipv6;
    }

    /// True when the kernel merges received datagrams (UDP_GRO).
    public boolean mergesReceived() {
        return gro;
    }

    /// Whether sends carry several datagrams at once; shared by the links of all loops over this socket.
    public SegmentedSends segmentedSends() {
        return segmentedSends;
    }

    /// Datagrams that the kernel dropped since the socket was opened, for the receive buffer was full or their checksum
    /// wrong.
    public long drops(Posix posix) {
        return posix.socketDrops(fd);
    }

    /// Where each message must be sent explicitly, or null when the socket is connected to it.
    InetSocketAddress destination() {
        return anyPort ? peer : null;
    }

    /// Whom the socket is connected to; null where that is not known yet.
    public InetSocketAddress peer() {
        return peer;
    }

    /// The same as IP:PORT, or `unknown`.
    public String peerText() {
        InetSocketAddress known = peer;
        return known == null ? "unknown" : text(known);
    }

    /// Whether the peer may be anywhere.
    public boolean roams() {
        return local != null;
    }

    /// How often the peer was found elsewhere than before.
    public int moves() {
        return moves;
    }

    /// The peer is there from now on: what is sent goes there, and what comes from there comes here. Only of a socket
    /// whose peer may be anywhere; who says so must be sure of it. Any thread, with a [Posix] of its own.
    ///
    /// @return 0 or more, or `-errno`, where the kernel refuses it and nothing changes
    public int follow(Posix posix, InetSocketAddress next) {
        synchronized (this) {
            if (local == null || next.equals(peer)) {
                return 0;
            }
            Arena arena = Arena.ofAuto();
            MemorySegment own = SocketAddresses.encode(arena, local);
            MemorySegment to = SocketAddresses.encode(arena, next);
            if (peer == null && !bound) {
                int refused = posix.bind(fd, own, SocketAddresses.length(local));
                if (refused < 0) {
                    return refused;
                }
                bound = true;
            }
            int result = posix.connect(fd, to, SocketAddresses.length(next));
            if (result < 0) {
                if (peer == null) {
                    // Connected to nobody it would share what strangers send with the listening socket.
                    posix.connect(fd, own, SocketAddresses.length(local));
                }
                return result;
            }
            if (peer == null) {
                discardStrangers(posix, arena, fd);
            } else {
                moves++;
            }
            connected = to;
            peer = next;
        }
        onChange.run();
        return 0;
    }

    /// Sends one datagram to the peer that the socket is connected to, beside what the loops send. Any
    /// thread, with a [Posix] of its own.
    ///
    /// @return 0 or more, or `-errno`
    public int send(Posix posix, MemorySegment datagram, int length) {
        if (local != null && peer == null) {
            // The kernel would give the socket a port of its choice.
            return -Errno.EDESTADDRREQ;
        }
        return posix.write(fd, datagram.address(), length);
    }

    /// Bytes of UDP payload that a datagram may have now; 0 where the network has no path. This is the one
    /// value that all who send on the link go by, whoever found it out.
    public int datagramCapacity() {
        return path ? capacity : 0;
    }

    /// The same, but where the network has no path now what the last one took.
    public int lastCapacity() {
        return capacity;
    }

    /// The path's MTU, bytes of an IP packet, or of the last path where there is none now.
    public int pathMtu() {
        return capacity + headers();
    }

    /// Sets a bound: datagrams are no longer, whatever the path takes. For the one who opened the socket.
    ///
    /// @param mtu bytes of an IP packet
    public void mostMtu(int mtu) {
        most = mtu;
        capacity = Math.min(capacity, payload(mtu));
    }

    /// Who is told when a loop finds that the path takes more or less than before; must not wait.
    public void onChange(Runnable listener) {
        onChange = listener;
    }

    /// Says whether the network has a path; where it has none nothing is sent.
    public void path(boolean exists) {
        path = exists;
    }

    /// Asks the kernel anew what the path takes; it knows interfaces, routes, and what ICMP told. Any thread: when the
    /// network has changed, and when a datagram was refused.
    ///
    /// @return bytes of UDP payload; where the kernel has no path the last one's
    public int remeasure(Posix posix) {
        int before = capacity;
        int now;
        synchronized (this) {
            if (connected != null) {
                // The kernel keeps a route with the socket, also one by an interface that is no more, and answers by
                // it; connecting again makes it look for another. Where that fails it has none, and says so.
                posix.connect(fd, connected, SocketAddresses.length(peer));
            }
            int mtu = posix.getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU : IP_MTU);
            if (mtu > 0) {
                capacity = payload(Math.min(mtu, most));
            }
            now = capacity;
        }
        if (now != before) {
            onChange.run();
        }
        return now;
    }

    /// The loopback interface's 65536 is more than a UDP datagram may have.
    private int payload(int mtu) {
        return Math.min(65_535, mtu) - headers();
    }

    private int headers() {
        return ipv6 ? IPV6_AND_UDP_HEADERS : IPV4_AND_UDP_HEADERS;
    }

    /// Most bytes of one sendmsg: a UDP length field's 65535 with the headers.
    public int maxMessageBytes() {
        return payload(65_535);
    }

    /// Whether an error says that somebody destroyed the socket (`ss -K`, SOCK_DESTROY: it is disconnected
    /// then), rather than telling of a datagram's fate.
    static boolean isDestroyed(int errno) {
        return errno == Errno.ECONNABORTED || errno == Errno.EDESTADDRREQ || errno == Errno.EBADF;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}
