package org.vnetp.overlay.it;

import java.net.InetSocketAddress;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;

/// A line between two UDP endpoints that takes some milliseconds, as a process of its own, made for many datagrams
/// where [DelayRelay] is made for exact times: it looks after them 2000 times a second, and takes and passes on all
/// that there are by few system calls. Ten times a second it prints a line a direction:
///
/// ```
/// line out passed=1000 full=0 lost=0
/// ```
///
/// `full` are datagrams for which its socket had no room, `lost` those that the kernel would not send.
///
/// Arguments: its address towards the first, the first's, its address towards the second, the second's (IP:PORT each),
/// delay in microseconds.
final class Line {
    private static final int HELD = 16_384;
    private static final int AT_ONCE = 256;
    private static final long REST_NS = 500_000;
    private static final long TELL_NS = 100_000_000;

    private Line() {}

    public static void main(String[] arguments) {
        UdpSocket first = UdpSocket.open(address(arguments[0]), address(arguments[1]), false, 4 << 20);
        UdpSocket second = UdpSocket.open(address(arguments[2]), address(arguments[3]), false, 4 << 20);
        long delayNs = Long.parseLong(arguments[4]) * 1000;
        Thread.ofPlatform().start(new Direction("out", first, second, delayNs));
        Thread.ofPlatform().start(new Direction("back", second, first, delayNs));
        System.out.println("line ready");
        System.out.flush();
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static final class Direction implements Runnable {
        private final DatagramRing held = new DatagramRing(HELD);
        private final long[] arrivedNs = new long[HELD];
        private final String name;
        private final UdpSocket from;
        private final UdpSocket to;
        private final long delayNs;
        private long taken;
        private long passed;
        private long lost;

        Direction(String name, UdpSocket from, UdpSocket to, long delayNs) {
            this.name = name;
            this.from = from;
            this.to = to;
            this.delayNs = delayNs;
        }

        @Override
        public void run() {
            Scheduling.timerSlack(1000);
            Posix posix = new Posix();
            int nothing = Posix.check(posix.eventfd(), "eventfd");
            long toldNs = System.nanoTime() - TELL_NS;
            while (true) {
                long now = System.nanoTime();
                if (now - toldNs >= TELL_NS) {
                    toldNs = now;
                    System.out.println("line " + name + " passed=" + (passed - lost) + " full=" + from.drops(posix)
                            + " lost=" + lost);
                    System.out.flush();
                }
                boolean more = take(posix, now);
                more |= pass(posix, now);
                if (!more) {
                    boolean idle = taken == passed;
                    posix.sleepUnlessReadable(idle ? from.descriptor() : nothing, idle ? TELL_NS : REST_NS);
                }
            }
        }

        private boolean take(Posix posix, long now) {
            if (taken - passed > HELD - AT_ONCE) {
                return false;
            }
            int got = held.receive(posix, from.descriptor(), taken, AT_ONCE);
            for (int i = 0; i < got; i++) {
                arrivedNs[(int) (taken++ % HELD)] = now;
            }
            return got > 0;
        }

        private boolean pass(Posix posix, long now) {
            int due = 0;
            while (due < AT_ONCE && passed + due < taken && now - arrivedNs[(int) ((passed + due) % HELD)] >= delayNs) {
                due++;
            }
            if (due == 0) {
                return false;
            }
            int sent = held.send(posix, to.descriptor(), passed, due);
            if (sent >= 0) {
                passed += sent;
            } else if (sent != -Errno.EAGAIN && sent != -Errno.ECONNREFUSED) {
                passed++;
                lost++;
            }
            return sent != -Errno.EAGAIN;
        }
    }
}
