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

    private final int fd;
    private final boolean ipv6;
    private final boolean gro;
    private final InetSocketAddress peer;
    private final boolean anyPort;
    private final SegmentedSends segmentedSends = new SegmentedSends(System::nanoTime);

    private UdpSocket(int fd, boolean ipv6, boolean gro, InetSocketAddress peer, boolean anyPort) {
        this.fd = fd;
        this.ipv6 = ipv6;
        this.gro = gro;
        this.peer = peer;
        this.anyPort = anyPort;
    }

    /// Opens a socket bound to `local`, connected to `peer` unless that is null.
    ///
    /// @param offload ask for UDP_GRO
    public static UdpSocket open(InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer) {
        return open(local, peer, offload, sendBuffer, false);
    }

    /// The same, but takes datagrams from every port of the peer: a VXLAN endpoint sends from a port that is a hash
    /// of the inner flow (RFC 7348, section 5) and only receives at its own. The kernel lets a socket be connected
    /// to an address with port 0; datagrams out then name their destination ([#destination]).
    public static UdpSocket openToAnyPort(
            InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer) {
        return open(local, peer, offload, sendBuffer, true);
    }

    private static UdpSocket open(
            InetSocketAddress local, InetSocketAddress peer, boolean offload, int sendBuffer, boolean anyPort) {
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
            boolean gro = offload && posix.setsockopt(fd, SOL_UDP, UDP_GRO, 1) >= 0;
            Posix.check(posix.bind(fd, SocketAddresses.encode(arena, local), SocketAddresses.length(local)), what);
            if (peer != null) {
                InetSocketAddress connected = anyPort ? new InetSocketAddress(peer.getAddress(), 0) : peer;
                Posix.check(
                        posix.connect(fd, SocketAddresses.encode(arena, connected), SocketAddresses.length(connected)),
                        what);
                discardStrangers(posix, arena, fd);
                Posix.check(
                        posix.setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1),
                        what + ": congestion marks");
            }
            return new UdpSocket(fd, ipv6, gro, peer, anyPort);
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

    boolean ipv6() {
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

    public InetSocketAddress peer() {
        return peer;
    }

    /// Bytes of UDP payload that fit the path's MTU; the kernel learns it from routes and ICMP.
    public int datagramCapacity(Posix posix) {
        int mtu = posix.getsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU : IP_MTU);
        // The loopback interface's 65536 is more than a UDP datagram may have.
        return Math.min(65_535, mtu > 0 ? mtu : DEFAULT_MTU) - (ipv6 ? IPV6_AND_UDP_HEADERS : IPV4_AND_UDP_HEADERS);
    }

    /// Most bytes of one sendmsg: a UDP length field's 65535 with the headers.
    public int maxMessageBytes() {
        return 65_535 - (ipv6 ? IPV6_AND_UDP_HEADERS : IPV4_AND_UDP_HEADERS);
    }

    /// Whether an error says that somebody destroyed the socket (`ss -K`, SOCK_DESTROY: it is disconnected then),
    /// rather
    /// than telling of a datagram's fate.
    static boolean isDestroyed(int errno) {
        return errno == Errno.ECONNABORTED || errno == Errno.EDESTADDRREQ || errno == Errno.EBADF;
    }

    @Override
    public void close() {
        new Posix().close(fd);
    }
}
