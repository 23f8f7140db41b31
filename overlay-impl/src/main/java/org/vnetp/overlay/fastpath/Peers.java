package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.vnetp.overlay.posix.Bpf;

/// The other nodes on an underlay of IPv6, as the program for what comes in knows them: a number for each
/// address, which stands for it in the flows' keys, and whether the node is known to take datagrams without a
/// checksum.
///
/// The programs make such datagrams only, as superframes leave no other choice. RFC 7348 (section 5) wants them
/// accepted, but a Linux VXLAN device over IPv6 drops them unless made with `udp6zerocsumrx`, and tells nobody.
/// So an address is trusted when it has sent one itself, or has sent any datagram from the port where it
/// listens: nodes of this project do that, and take them; VXLAN devices send from a hash of the flow.
///
/// **Thread:** control's.
final class Peers {
    /// In the value: the number, as in a key.
    static final int ORIGIN = 0;
    /// The port where it listens, as in the packet.
    static final int PORT = 4;
    /// 1 once it is known to take datagrams without a checksum; written by the program.
    static final int WITHOUT_CHECKSUM = 8;

    private static final int VALUE_BYTES = 16;
    private static final int MOST = 4096;

    private final Bpf bpf;
    private final int map;
    private final Map<InetAddress, Integer> origins = new HashMap<>();
    private final MemorySegment key = Arena.ofAuto().allocate(FlowEntry.ADDRESS_BYTES, 8);
    private final MemorySegment value = Arena.ofAuto().allocate(VALUE_BYTES, 8);

    /// @throws org.vnetp.overlay.posix.PosixException where the kernel or the node's rights do not allow it
    Peers(Bpf bpf) {
        this.bpf = bpf;
        map = bpf.createMap("vnetp_peers", FlowEntry.ADDRESS_BYTES, VALUE_BYTES, MOST);
    }

    int map() {
        return map;
    }

    /// Knows these links' other ends from now on, and no others.
    void follow(Iterable<Tunnel> tunnels) {
        Map<InetAddress, Integer> next = new HashMap<>();
        for (Tunnel tunnel : tunnels) {
            InetAddress address = tunnel.peer().getAddress();
            if (tunnel.vxlan() && address instanceof Inet6Address && !next.containsKey(address)) {
                next.put(address, tunnel.port());
                if (!Integer.valueOf(tunnel.port()).equals(origins.get(address))) {
                    remove(address);
                    add(address, tunnel.port(), tunnel.peer().getPort());
                }
            }
        }
        origins.keySet().stream().filter(gone -> !next.containsKey(gone)).forEach(this::remove);
        origins.clear();
        origins.putAll(next);
    }

    private void add(InetAddress address, int origin, int port) {
        putKey(address);
        value.fill((byte) 0);
        value.set(ValueLayout.JAVA_INT, ORIGIN, origin);
        value.set(ValueLayout.JAVA_INT, PORT, Assembler.network16(port));
        bpf.add(map, key, value);
    }

    private void remove(InetAddress address) {
        putKey(address);
        bpf.remove(map, key, value);
    }

    private void putKey(InetAddress address) {
        MemorySegment.copy(address.getAddress(), 0, key, ValueLayout.JAVA_BYTE, 0, FlowEntry.ADDRESS_BYTES);
    }

    /// What stands for an address in keys of inbound flows.
    int origin(InetAddress address) {
        return origins.get(address);
    }

    /// Whether an address is known to take datagrams without a checksum.
    boolean takesNoChecksum(InetAddress address) {
        putKey(address);
        return bpf.lookup(map, key, value) == 0 && value.get(ValueLayout.JAVA_INT, WITHOUT_CHECKSUM) != 0;
    }

    void close() {
        bpf.close(map);
    }
}
