package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.posix.Posix;

/// Sends or awaits a VLAN-tagged frame on an interface of the namespace it is started in, by a packet socket:
/// kernels without 802.1Q devices carry tags as well. Started by a test as a process of its own: `send INTERFACE
/// DESTINATION SOURCE VLAN COUNT TYPE` or `await INTERFACE VLAN TYPE`, which prints `tagged N` with N bytes.
public final class TaggedFrames {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_AUXDATA = 8;
    private static final int VLAN_VALID = 0x10;
    /// Nobody's protocol (IEEE 802, local experiments).
    static final int TEST_TYPE = 0x88b5;
    private static final int LENGTH = 900;

    private TaggedFrames() {}

    public static void main(String[] args) throws Exception {
        final Posix posix = new Posix();
        final int index = Integer.parseInt(Files.readString(Path.of("/sys/class/net/" + args[1] + "/ifindex"))
                .strip());
        final int fd = Posix.check(
                posix.socket(AF_PACKET, SOCK_RAW, Short.toUnsignedInt(Short.reverseBytes((short) 3))), "packet socket");
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(20, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            NetworkOrder.put16(address, 2, 3);
            address.set(ValueLayout.JAVA_INT, 4, index);
            Posix.check(posix.bind(fd, address, 20), "bind the packet socket");
            if ("send".equals(args[0])) {
                send(posix, fd, arena, args);
            } else {
                await(posix, fd, arena, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            }
        }
    }

    private static void send(Posix posix, int fd, Arena arena, String[] args) throws InterruptedException {
        final MemorySegment frame = arena.allocate(LENGTH);
        final byte[] macs = HexFormat.of().parseHex((args[2] + args[3]).replace(":", ""));
        MemorySegment.copy(macs, 0, frame, ValueLayout.JAVA_BYTE, 0, 12);
        NetworkOrder.put16(frame, 12, 0x8100);
        NetworkOrder.put16(frame, 14, Integer.parseInt(args[4]));
        NetworkOrder.put16(frame, 16, Integer.parseInt(args[6]));
        for (int i = 0; i < Integer.parseInt(args[5]); i++) {
            Posix.check(posix.write(fd, frame.address(), LENGTH), "send");
            Thread.sleep(20);
        }
    }

    private static void await(Posix posix, int fd, Arena arena, int vlan, int type) {
        Posix.check(posix.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, 1), "PACKET_AUXDATA");
        final MemorySegment buffer = arena.allocate(65_536);
        final MemorySegment control = arena.allocate(64, 8);
        final MemorySegment vector = arena.allocate(16, 8);
        final MemorySegment message = arena.allocate(56, 8);
        vector.set(ValueLayout.JAVA_LONG, 0, buffer.address());
        vector.set(ValueLayout.JAVA_LONG, 8, buffer.byteSize());
        message.set(ValueLayout.JAVA_LONG, 16, vector.address());
        message.set(ValueLayout.JAVA_LONG, 24, 1);
        message.set(ValueLayout.JAVA_LONG, 32, control.address());
        System.out.println("listening");
        while (true) {
            message.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
            final int length = Posix.check(posix.recvmsg(fd, message.address(), 0), "receive");
            // The kernel takes the tag out of the frame; cmsghdr is 16 bytes, tpacket_auxdata follows.
            final boolean tagged = (control.get(ValueLayout.JAVA_INT, 16) & VLAN_VALID) != 0
                    && (control.get(ValueLayout.JAVA_SHORT, 32) & 0xfff) == vlan;
            if (tagged && NetworkOrder.u16(buffer, 12) == type) {
                System.out.println("tagged " + length);
                return;
            }
        }
    }
}
