package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.vnetp.overlay.posix.Epoll;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.TapDevice;

/// What a virtual machine's monitor does with a TAP, without the machine: it holds the TAP in its own namespace, and
/// hands frames, superframes whole, to a guest's kernel and back. The guest is a namespace, whose NIC is a TAP too.
///
/// `Monitor TAP NAMESPACE NIC MAC`; says `relays` once both are there, and ends when it is killed.
final class Monitor {
    private static final int MOST = 70_000;
    private static final int ROUND = 64;

    private Monitor() {}

    public static void main(String[] arguments) {
        TapDevice.Opened machine = open(arguments[0], null, -1);
        TapDevice.Opened guest = open(
                arguments[2], "/run/netns/" + arguments[1], org.vnetp.overlay.frame.MacAddress.parse(arguments[3]));
        if (machine.offload() != guest.offload()) {
            throw new IllegalStateException(machine.offload() + " is not " + guest.offload());
        }
        System.out.println("relays");
        Posix posix = new Posix();
        MemorySegment frame = Arena.ofAuto().allocate(MOST, 64);
        int[] ends = {machine.descriptors()[0], guest.descriptors()[0]};
        Epoll epoll = new Epoll(posix);
        for (int end : ends) {
            epoll.add(posix, end, Epoll.IN, end);
        }
        while (true) {
            epoll.await(posix, -1);
            for (int i = 0; i < 2; i++) {
                for (int frames = 0; frames < ROUND; frames++) {
                    int got = posix.read(ends[i], frame.address(), MOST);
                    if (got <= 0) {
                        break;
                    }
                    posix.write(ends[1 - i], frame.address(), got);
                }
            }
        }
    }

    private static TapDevice.Opened open(String name, String namespace, long mac) {
        return TapDevice.open(new TapDevice.Request(name, namespace, 1, mac, 1450, 0, 0, false, true, false, true));
    }
}
