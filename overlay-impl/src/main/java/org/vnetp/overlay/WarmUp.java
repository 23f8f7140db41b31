package org.vnetp.overlay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LinkPort;
import org.vnetp.overlay.dispatch.ListenPort;
import org.vnetp.overlay.dispatch.NicPort;
import org.vnetp.overlay.dispatch.Ports;
import org.vnetp.overlay.encap.Decapsulator;
import org.vnetp.overlay.encap.VnetDecapsulator;
import org.vnetp.overlay.encap.VnetEncapsulator;
import org.vnetp.overlay.encap.VnetPeer;
import org.vnetp.overlay.frame.EthernetHeader;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.link.Link;
import org.vnetp.overlay.link.ReceiveBatch;
import org.vnetp.overlay.link.UdpLink;
import org.vnetp.overlay.link.UdpListener;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.posix.LazyArena;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.PosixException;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.seal.SealedDecapsulator;
import org.vnetp.overlay.seal.SealedLink;
import org.vnetp.overlay.seal.Sealing;
import org.vnetp.overlay.seal.Suite;
import org.vnetp.overlay.stats.LoopStatistics;

/// Sends frames of all sizes through two small nodes inside this process before the real one opens, so that the JIT
/// has compiled the way of a frame when the first guest's frame comes: interpreted, a frame takes a millisecond.
///
/// The rig is made of the node's own classes: pairs of Unix sockets stand for the TAPs, the links are UDP sockets on
/// the loopback interface with all offloads. Nothing of it outlives [#run]. One thread.
final class WarmUp {
    private static final long HERE = 0x02_00_00_00_00_01L;
    private static final long THERE = 0x02_00_00_00_00_02L;
    private static final int NIC = 0;
    private static final int LINK = 1;
    private static final int NETWORK = 0xFFFFFF;
    private static final int SLOTS = 8;

    /// A small frame, one that fills a datagram, a superframe of full datagrams only, shorter ones that share a send,
    /// a small frame with nothing left to do for its checksum, and two datagrams' worth.
    private static final int[] SIZES = {98, 1400, 59_684, 4_200, 20_000, 60, 2_822};

    /// What a guest has ready when its node looks: ping-pong, streams, acknowledgements, and all of it mixed.
    /// One digit a frame, its size. A branch that these do not take costs a stream its first second: the
    /// JIT takes it for one that never comes, and compiles anew when it does.
    private static final String[] BURSTS = {
        "0",
        "0",
        "0",
        "0",
        "1",
        "1",
        "2",
        "00",
        "22",
        "2022",
        "1101",
        "02001",
        "33",
        "43",
        "24",
        "344",
        "0403",
        "5",
        "0550",
        "40343",
        "6",
        "606",
        "1".repeat(12),
        "0".repeat(70)
    };

    /// Guest-driven: told of frames by epoll, and polling.
    private static final DispatchSettings[] WAYS = {
        DispatchSettings.DEFAULT.driven(DispatchMode.GUEST), DispatchSettings.DEFAULT.driven(DispatchMode.VMM)
    };

    /// Both ways of dispatch, both directions.
    static final int FRAMES_A_ROUND =
            WAYS.length * 2 * Arrays.stream(BURSTS).mapToInt(String::length).sum();

    /// A frame is over by then that got lost on the way.
    private static final int PATIENCE_MS = 1;

    /// The JIT counts a method when it is done; its longest take less than this.
    private static final long QUIET_NS = 500_000_000L;

    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_SNDBUF = 7;
    /// Guests that frames seem to come from, one a round: the first frame of a flow goes its own way through a node.
    private static final int GUESTS = 64;

    private static final int QUEUE_BYTES = 1 << 20;

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int IPV4 = 0x0800;
    private static final int LAST_SOURCE_BYTE = 11;
    private static final int MTU = 1500;
    private static final int DATAGRAM = MTU - 28;

    private final Posix posix = new Posix();
    private final MemorySegment[] frames = new MemorySegment[SIZES.length * 2];
    private final MemorySegment sink;
    private final int[] guests = new int[2];
    private final DispatchLoop[] loops = new DispatchLoop[2];
    private final int[] nics = new int[2];
    private final UdpSocket[] sockets = new UdpSocket[2];
    private final UdpSocket[] listeners = new UdpSocket[2];
    private final VnetPeer[] peers = new VnetPeer[2];
    private final LinkMeter[] meters = new LinkMeter[2];
    private final LongSupplier clock;
    // Of both ends; null where the links are plain.
    private final Sealing[] sealings;
    private int rounds;
    private int delivered;

    private WarmUp(Arena arena, LongSupplier clock, boolean sealed) {
        this.clock = clock;
        this.sealings = sealed ? Sealing.pair(NETWORK, Suite.AES_128_GCM, DATAGRAM) : null;
        sink = arena.allocate(65_600, 64);
        for (int i = 0; i < SIZES.length; i++) {
            frames[2 * i] = frame(arena, SIZES[i], HERE, THERE);
            frames[2 * i + 1] = frame(arena, SIZES[i], THERE, HERE);
        }
    }

    /// Ends before its time when the JIT has nothing left to compile, since it takes the processors that guests need.
    ///
    /// @param budgetNs ends after so long
    /// @param sealed   whether links are, as the JIT compiles for what stands there
    /// @param clock    the very object that the node will ask: the JIT compiles for the class it has seen
    /// @return frames that arrived
    /// @throws PosixException where the system has no loopback interface, say; the node then starts cold
    static int run(long budgetNs, LongSupplier clock, boolean sealed) {
        long start = System.nanoTime();
        // The kind of arena that the node's own buffers come from, as the JIT compiles for the kind it has seen.
        Arena arena = new LazyArena();
        WarmUp rig = new WarmUp(arena, clock, sealed);
        try {
            rig.open(arena);
            long lookedNs = start;
            long compiledMs = -1;
            long now;
            do {
                rig.round();
                now = System.nanoTime();
                if (now - lookedNs >= QUIET_NS) {
                    long before = compiledMs;
                    compiledMs = compilation();
                    if (compiledMs == before) {
                        break;
                    }
                    lookedNs = now;
                }
            } while (now - start < budgetNs);
            return rig.delivered;
        } finally {
            rig.close();
        }
    }

    /// Milliseconds that the JIT has compiled for.
    private static long compilation() {
        CompilationMXBean jit = ManagementFactory.getCompilationMXBean();
        return jit == null ? 0 : jit.getTotalCompilationTime();
    }

    private void open(Arena arena) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int port = random.nextInt(10_000, 30_000);
        InetSocketAddress[] addresses = new InetSocketAddress[2];
        for (int i = 0; i < 2; i++) {
            addresses[i] =
                    new InetSocketAddress("127." + random.nextInt(1, 255) + "." + random.nextInt(256) + ".1", port + i);
        }
        for (int i = 0; i < 2; i++) {
            MemorySegment pair = arena.allocate(8, 4);
            int type = SOCK_SEQPACKET | Posix.O_NONBLOCK | Posix.O_CLOEXEC;
            Posix.check(posix.socketPair(AF_UNIX, type, pair), "make a pair of sockets");
            guests[i] = pair.get(ValueLayout.JAVA_INT, 0);
            nics[i] = pair.get(ValueLayout.JAVA_INT, 4);
            for (int end : new int[] {guests[i], nics[i]}) {
                // A burst of superframes must fit; without the privilege some of it is lost, which warms up as well.
                if (posix.setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, QUEUE_BYTES) < 0) {
                    posix.setsockopt(end, SOL_SOCKET, SO_SNDBUF, QUEUE_BYTES);
                }
            }
            sockets[i] = UdpSocket.open(addresses[i], addresses[1 - i], true, UdpSocket.BUFFER_BYTES);
            sockets[i].mostMtu(MTU);
            listeners[i] = UdpSocket.open(addresses[i], null, true, UdpSocket.BUFFER_BYTES);
            loops[i] = node(arena, i);
        }
    }

    private DispatchLoop node(Arena arena, int index) {
        LoopStatistics statistics = new LoopStatistics("warm-up" + index);
        VnetPeer peer = new VnetPeer(clock);
        peers[index] = peer;
        long own = index == 0 ? HERE : THERE;
        long other = index == 0 ? THERE : HERE;
        RoutingTable table = RoutingTable.of(List.of(
                new Rule(MacPattern.ANY, MacPattern.exact(own), Rule.ANY_PORT, NIC),
                new Rule(MacPattern.ANY, MacPattern.exact(other), Rule.ANY_PORT, LINK)));
        Ports ports = new Ports(posix, new Forwarder(table, statistics.counters()), statistics);
        DispatchLoop loop = new DispatchLoop(posix, clock, ports, statistics, WAYS[0], error -> {
            throw new IllegalStateException("the warm-up failed", error);
        });
        loop.add(new NicPort(NIC, "guest", new TapNic(nics[index]), statistics.port(NIC)), true);
        Link link = new UdpLink(arena, sockets[index], statistics.drops(), statistics.port(LINK));
        Decapsulator decapsulator;
        if (sealings == null) {
            decapsulator = new VnetDecapsulator(arena, NETWORK, peer, statistics.drops());
        } else {
            link = new SealedLink(arena, link, sealings[index], 0, statistics.drops());
            decapsulator = new SealedDecapsulator(
                    VnetDecapsulator.ofOpened(arena, NETWORK, peer, statistics.drops()),
                    sealings[index],
                    statistics.drops());
        }
        LinkPort port = new LinkPort(
                LINK,
                "link",
                link,
                new VnetEncapsulator(arena, NETWORK, peer, 0),
                decapsulator,
                new ReceiveBatch(arena, SLOTS),
                statistics.port(LINK));
        LinkMeter meter = new LinkMeter(index, 0);
        meter.attach(new LoopStamps(clock, sockets[index].descriptor()), new PeerCounts(peer, statistics.port(LINK)));
        port.messages(meter);
        meters[index] = meter;
        loop.add(port, true);
        loop.listen(new ListenPort(new UdpListener(arena, listeners[index]), new ReceiveBatch(arena, 1)));
        return loop;
    }

    private void round() {
        rounds++;
        for (MemorySegment frame : frames) {
            frame.set(ValueLayout.JAVA_BYTE, VirtioNetHeader.LENGTH + LAST_SOURCE_BYTE, (byte) (rounds % GUESTS));
        }
        for (DispatchSettings way : WAYS) {
            // As if the other node had started anew, which is how the first datagrams of the real one look.
            peers[0].renew();
            peers[1].renew();
            loops[0].configure(way);
            loops[1].configure(way);
            for (String burst : BURSTS) {
                cross(burst, 0);
                cross(burst, 1);
            }
            echo(0);
            echo(1);
        }
    }

    /// Interpreted, what stands between an echo's timestamps and its system calls would be half of a short way.
    private void echo(int from) {
        loops[from].execute(() -> {
            meters[from].wantEchoes();
            loops[from].say(LINK);
        });
        for (int turn = 0; turn < 2; turn++) {
            loops[from].turn(0);
            loops[1 - from].turn(PATIENCE_MS);
        }
        while (meters[from].fetch() != null) {
            // Nobody wants to know how far the loopback is.
        }
    }

    private void cross(String burst, int from) {
        int expected = send(burst, from);
        for (int turns = 0; expected > 0 && turns <= burst.length(); turns++) {
            loops[from].turn(turns == 0 ? PATIENCE_MS : 0);
            loops[1 - from].turn(PATIENCE_MS);
            expected -= receive(1 - from);
        }
    }

    private int send(String burst, int from) {
        int sent = 0;
        for (int i = 0; i < burst.length(); i++) {
            MemorySegment frame = frames[2 * (burst.charAt(i) - '0') + from];
            if (posix.write(guests[from], frame.address(), frame.byteSize()) > 0) {
                sent++;
            }
        }
        return sent;
    }

    private int receive(int at) {
        int received = 0;
        while (posix.read(guests[at], sink.address(), sink.byteSize()) > 0) {
            received++;
        }
        delivered += received;
        return received;
    }

    /// A TCP segment, or superframe of them, as a TAP hands it out.
    private static MemorySegment frame(Arena arena, int bytes, long source, long destination) {
        MemorySegment frame = arena.allocate(VirtioNetHeader.LENGTH + bytes, 64);
        long at = VirtioNetHeader.LENGTH;
        int headers = EthernetHeader.LENGTH + 20 + 32;
        if (bytes > headers) {
            frame.set(ValueLayout.JAVA_BYTE, VirtioNetHeader.FLAGS_FIELD_OFFSET, (byte)
                    VirtioNetHeader.FLAG_NEEDS_CHECKSUM);
        }
        if (bytes > DATAGRAM) {
            frame.set(ValueLayout.JAVA_BYTE, VirtioNetHeader.GSO_TYPE_FIELD_OFFSET, (byte) VirtioNetHeader.GSO_TCPV4);
            little(frame, VirtioNetHeader.GSO_SIZE_FIELD_OFFSET, 1378);
        }
        little(frame, VirtioNetHeader.HEADER_LENGTH_FIELD_OFFSET, headers);
        little(frame, VirtioNetHeader.CHECKSUM_START_FIELD_OFFSET, EthernetHeader.LENGTH + 20);
        little(frame, VirtioNetHeader.CHECKSUM_OFFSET_FIELD_OFFSET, 16);
        for (int i = 0; i < 6; i++) {
            frame.set(ValueLayout.JAVA_BYTE, at + i, (byte) (destination >>> (40 - 8 * i)));
            frame.set(ValueLayout.JAVA_BYTE, at + 6 + i, (byte) (source >>> (40 - 8 * i)));
        }
        frame.set(ValueLayout.JAVA_BYTE, at + 12, (byte) (IPV4 >>> 8));
        long ip = at + EthernetHeader.LENGTH;
        frame.set(ValueLayout.JAVA_BYTE, ip, (byte) 0x45);
        frame.set(ValueLayout.JAVA_BYTE, ip + 9, (byte) 6);
        frame.set(ValueLayout.JAVA_BYTE, ip + 20 + 12, (byte) 0x80);
        return frame;
    }

    private static void little(MemorySegment frame, long offset, int value) {
        frame.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
        frame.set(ValueLayout.JAVA_BYTE, offset + 1, (byte) (value >>> 8));
    }

    private void close() {
        if (sealings != null) {
            for (Sealing sealing : sealings) {
                sealing.close();
            }
        }
        for (int i = 0; i < 2; i++) {
            if (loops[i] != null) {
                loops[i].release();
            }
            for (UdpSocket socket : new UdpSocket[] {sockets[i], listeners[i]}) {
                if (socket != null) {
                    socket.close();
                }
            }
            for (int fd : new int[] {guests[i], nics[i]}) {
                if (fd > 0) {
                    posix.close(fd);
                }
            }
        }
    }
}
