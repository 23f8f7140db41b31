package org.vnetp.overlay.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Random;
import org.vnetp.overlay.link.UdpSocket;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;
import org.vnetp.overlay.posix.Timestamps;

/// A line between two UDP endpoints, as a process of its own: it passes datagrams on after a set
/// time, loses some by seed, and tells what it really did, its own lateness included: from when the
/// kernel had a datagram to when it was handed on. Once a second it prints a line a direction:
///
/// ```
/// relay out least_ns=5012345 passed=1000 lost=12
/// ```
///
/// Arguments: its address towards the first, the first's, its address towards the second, the
/// second's (IP:PORT each), delay in microseconds, loss (0..1), seed.
final class DelayRelay {
    private static final int MOST = 65_536;
    /// Memory of datagrams up to so many bytes is used again.
    private static final int SHORT = 2048;

    private static final long IDLE_NS = 50_000_000L;

    private record Held(MemorySegment bytes, int length, long arrivedNs) {}

    private DelayRelay() {}

    public static void main(String[] arguments) {
        UdpSocket first = UdpSocket.open(address(arguments[0]), address(arguments[1]), false, 4 << 20);
        UdpSocket second = UdpSocket.open(address(arguments[2]), address(arguments[3]), false, 4 << 20);
        long delayNs = Long.parseLong(arguments[4]) * 1000;
        double loss = Double.parseDouble(arguments[5]);
        long seed = Long.parseLong(arguments[6]);
        new Direction("out", first, second, delayNs, loss, seed).start();
        new Direction("back", second, first, delayNs, loss, seed + 1).start();
        System.out.println("relay ready");
        System.out.flush();
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static final class Direction {
        private final String name;
        private final UdpSocket from;
        private final UdpSocket to;
        private final long delayNs;
        private final double loss;
        private final Random random;
        private final ArrayDeque<Held> held = new ArrayDeque<>();
        private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
        private long leastNs = Long.MAX_VALUE;
        private long passed;
        private long lost;

        Direction(String name, UdpSocket from, UdpSocket to, long delayNs, double loss, long seed) {
            this.name = name;
            this.from = from;
            this.to = to;
            this.delayNs = delayNs;
            this.loss = loss;
            this.random = new Random(seed);
        }

        void start() {
            Thread.ofPlatform().start(this::run);
        }

        private void run() {
            Posix posix = new Posix();
            Timestamps clock = new Timestamps();
            Scheduling.timerSlack(1000);
            clock.arrivalNs(from.descriptor());
            MemorySegment buffer = Arena.ofAuto().allocate(MOST, 64);
            long tellNs = clock.realtimeNs();
            while (true) {
                long now = clock.realtimeNs();
                if (now - tellNs >= 0) {
                    tellNs += 1_000_000_000L;
                    System.out.println(
                            "relay " + name + " least_ns=" + leastNs + " passed=" + passed + " lost=" + lost);
                    System.out.flush();
                }
                if (!held.isEmpty() && held.peek().arrivedNs() + delayNs <= now) {
                    pass(posix, clock, held.poll());
                    continue;
                }
                int length = posix.read(from.descriptor(), buffer.address(), MOST);
                if (length > 0) {
                    take(buffer, length, clock.arrivalNs(from.descriptor()));
                    continue;
                }
                posix.sleepUnlessReadable(
                        from.descriptor(),
                        held.isEmpty() ? IDLE_NS : held.peek().arrivedNs() + delayNs - now);
            }
        }

        private void take(MemorySegment buffer, int length, long arrivedNs) {
            if (random.nextDouble() < loss) {
                lost++;
                return;
            }
            MemorySegment bytes = length <= SHORT ? free.poll() : null;
            if (bytes == null) {
                bytes = Arena.ofAuto().allocate(Math.max(length, SHORT));
            }
            MemorySegment.copy(buffer, 0, bytes, 0, length);
            held.add(new Held(bytes, length, arrivedNs));
        }

        private void pass(Posix posix, Timestamps clock, Held next) {
            long took = clock.realtimeNs() - next.arrivedNs();
            boolean sent = to.send(posix, next.bytes(), next.length()) >= 0;
            if (next.bytes().byteSize() == SHORT) {
                free.add(next.bytes());
            }
            if (!sent) {
                lost++;
                return;
            }
            passed++;
            leastNs = Math.min(leastNs, took);
        }
    }
}
