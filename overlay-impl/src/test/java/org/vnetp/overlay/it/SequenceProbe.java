package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.BitSet;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;

/// A guest's program that sends numbered datagrams to another and looks at the numbers of those that come back from
/// it, as a process of its own. Ten times a second it prints what it has seen:
///
/// ```
/// probe sent=1000 received=998 reordered=0 repeated=0 full=0
/// ```
///
/// `full` are those for which its socket had no room. It begins once the other is there.
///
/// Arguments: its address, the other's (IP:PORT each), datagrams a second, seconds. It ends a second after its last
/// datagram, with a line `probe over`.
final class SequenceProbe {
    private static final int LENGTH = 64;
    private static final int GREETING = -1;
    private static final long SECOND_NS = 1_000_000_000L;

    private SequenceProbe() {}

    public static void main(String[] arguments) {
        UdpSocket socket = UdpSocket.open(address(arguments[0]), address(arguments[1]), false, 4 << 20);
        long rate = Long.parseLong(arguments[2]);
        long sendNs = Long.parseLong(arguments[3]) * SECOND_NS;
        Posix posix = new Posix();
        Scheduling.timerSlack(1000);
        MemorySegment out = Arena.ofAuto().allocate(LENGTH, 64);
        MemorySegment in = Arena.ofAuto().allocate(2048, 64);
        BitSet seen = new BitSet();
        long tell = 0;
        int sent = 0;
        int received = 0;
        int reordered = 0;
        int repeated = 0;
        int highest = -1;
        greet(socket, posix, out, in);
        long began = System.nanoTime();
        for (long since = 0; since < sendNs + 2 * SECOND_NS; since = System.nanoTime() - began) {
            while (posix.read(socket.descriptor(), in.address(), 2048) > 0) {
                int number = NetworkOrder.i32(in, 0);
                if (number == GREETING) {
                    continue;
                }
                received++;
                repeated += seen.get(number) ? 1 : 0;
                reordered += number < highest ? 1 : 0;
                seen.set(number);
                highest = Math.max(highest, number);
            }
            // What is missed is made up for, a few at a time.
            long due = Math.min(since, sendNs) * rate / SECOND_NS;
            for (int i = 0; i < 32 && sent < due; i++) {
                NetworkOrder.put32(out, 0, sent);
                if (socket.send(posix, out, LENGTH) > 0) {
                    sent++;
                }
            }
            if (since >= tell) {
                tell += SECOND_NS / 10;
                System.out.println("probe sent=" + sent + " received=" + received + " reordered=" + reordered
                        + " repeated=" + repeated + " full=" + socket.drops(posix));
                System.out.flush();
            }
            if (sent >= due) {
                posix.sleepUnlessReadable(socket.descriptor(), SECOND_NS / rate);
            }
        }
        System.out.println("probe sent=" + sent + " received=" + received + " reordered=" + reordered + " repeated="
                + repeated + " full=" + socket.drops(posix) + "\nprobe over");
        System.out.flush();
    }

    /// Waits until the other is there, and lets it know that this one is.
    private static void greet(UdpSocket socket, Posix posix, MemorySegment out, MemorySegment in) {
        NetworkOrder.put32(out, 0, GREETING);
        boolean heard = false;
        while (!heard) {
            socket.send(posix, out, LENGTH);
            posix.sleepUnlessReadable(socket.descriptor(), SECOND_NS / 100);
            heard = posix.read(socket.descriptor(), in.address(), 2048) > 0;
        }
        socket.send(posix, out, LENGTH);
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
