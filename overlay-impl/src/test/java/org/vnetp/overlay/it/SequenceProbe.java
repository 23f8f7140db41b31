package org.vnetp.overlay.it;

import java.net.InetSocketAddress;
import java.util.BitSet;
import org.vnetp.overlay.frame.NetworkOrder;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;

/// A guest's program that sends numbered datagrams to another and looks at the numbers of those that come back from
/// it, as a process of its own. Ten times a second it prints what it has seen:
///
/// ```
/// probe sent=1000 received=998 reordered=0 repeated=0 full=0 refused=0
/// ```
///
/// `full` are those for which its socket had no room. `refused` tells how often its kernel turned a datagram away, as
/// the NIC took no more: that one has not been sent, and is tried again. It begins once the other is there.
///
/// It wakes 2000 times a second however many datagrams there are, and takes and sends what there is by few system
/// calls, so that it leaves the processors to the nodes.
///
/// Arguments: its address, the other's (IP:PORT each), datagrams a second, seconds. It ends two seconds after its last
/// datagram, with a line `probe over`.
final class SequenceProbe {
    private static final int LENGTH = 64;
    private static final int GREETING = -1;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long REST_NS = SECOND_NS / 2000;
    /// What is missed is made up for, so many a time.
    private static final int AT_ONCE = 64;

    private static final int RECEIVED_AT_ONCE = 256;
    private static final int IPPROTO_IP = 0;
    private static final int IP_RECVERR = 11;

    private final Posix posix = new Posix();
    private final DatagramRing out = new DatagramRing(AT_ONCE);
    private final DatagramRing in = new DatagramRing(RECEIVED_AT_ONCE);
    private final BitSet seen = new BitSet();
    private final UdpSocket socket;
    private final int fd;
    private int sent;
    private int refused;
    private int received;
    private int reordered;
    private int repeated;
    private int highest = -1;

    private SequenceProbe(InetSocketAddress own, InetSocketAddress other) {
        socket = UdpSocket.open(own, other, false, 4 << 20);
        fd = socket.descriptor();
        for (int i = 0; i < AT_ONCE; i++) {
            out.length(i, LENGTH);
        }
    }

    public static void main(String[] arguments) {
        Scheduling.timerSlack(1000);
        SequenceProbe probe = new SequenceProbe(address(arguments[0]), address(arguments[1]));
        probe.greet();
        probe.run(Long.parseLong(arguments[2]), Long.parseLong(arguments[3]) * SECOND_NS);
    }

    private void run(long rate, long sendNs) {
        int nothing = Posix.check(posix.eventfd(), "eventfd");
        // Without it a program is not told that its NIC is full. Not while it waits for the other: it would be told all
        // the time that nobody is there.
        Posix.check(posix.setsockopt(fd, IPPROTO_IP, IP_RECVERR, 1), "IP_RECVERR");
        long tell = 0;
        long began = System.nanoTime();
        for (long since = 0; since < sendNs + 2 * SECOND_NS; since = System.nanoTime() - began) {
            take();
            send(Math.min(since, sendNs) * rate / SECOND_NS);
            if (since >= tell) {
                tell += SECOND_NS / 10;
                tell();
            }
            posix.sleepUnlessReadable(nothing, REST_NS);
        }
        tell();
        System.out.println("probe over");
        System.out.flush();
    }

    private void take() {
        int got = in.receive(posix, fd, 0, RECEIVED_AT_ONCE);
        while (got > 0) {
            for (int i = 0; i < got; i++) {
                int number = NetworkOrder.i32(in.bytes(), in.at(i));
                if (number != GREETING) {
                    see(number);
                }
            }
            got = in.receive(posix, fd, 0, RECEIVED_AT_ONCE);
        }
    }

    private void see(int number) {
        received++;
        repeated += seen.get(number) ? 1 : 0;
        reordered += number < highest ? 1 : 0;
        seen.set(number);
        highest = Math.max(highest, number);
    }

    private void send(long due) {
        int count = (int) Math.min(due - sent, AT_ONCE);
        if (count <= 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            NetworkOrder.put32(out.bytes(), out.at(i), sent + i);
        }
        int went = out.send(posix, fd, 0, count);
        sent += Math.max(0, went);
        refused += went == -Errno.ENOBUFS || went >= 0 && went < count ? 1 : 0;
    }

    private void tell() {
        System.out.println("probe sent=" + sent + " received=" + received + " reordered=" + reordered + " repeated="
                + repeated + " full=" + socket.drops(posix) + " refused=" + refused);
        System.out.flush();
    }

    /// Waits until the other is there, and lets it know that this one is.
    private void greet() {
        NetworkOrder.put32(out.bytes(), out.at(0), GREETING);
        boolean heard = false;
        while (!heard) {
            out.send(posix, fd, 0, 1);
            posix.sleepUnlessReadable(fd, SECOND_NS / 100);
            heard = in.receive(posix, fd, 0, 1) > 0;
        }
        out.send(posix, fd, 0, 1);
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
