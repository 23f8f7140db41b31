package org.vnetp.macrobench.testbed;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.nic.ReadBudget;
import org.vnetp.overlay.nic.TapNic;
import org.vnetp.overlay.nic.VirtualNic;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.Scheduling;
import org.vnetp.overlay.posix.TapDevice;

/// The line between two sites, as a process of its own: makes two TAPs, which the testbed joins to the sites' bridges,
/// and hands each frame that comes out of the one to the other a set time later. Frames keep their order; superframes
/// cross whole, as they cross a veth pair. The line's rate is the matter of the TAPs' queueing disciplines.
///
/// Arguments: the two interfaces' names, their MTU in bytes, the delay in nanoseconds, the bytes of
/// each direction that may be under way. It prints `line ready`, and
/// once a second a line a direction while frames cross:
///
/// ```
/// line w0 passed=1000 lost=0 late_us=12.5
/// ```
///
/// `late_us` is by how much longer than told a frame was kept at most in that second: what the machine was too busy
/// for.
public final class SiteRelay {
    private static final int MOST_FRAME = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final int RING = 4096;
    private static final int DUE_AT = 0;
    private static final int LENGTH_AT = 8;
    /// Before a frame: its time and length, and room that the longer virtio_net_hdr needs.
    private static final int HEAD = 32;

    private static final int ALIGNMENT = 64;
    private static final long IDLE_NS = 50_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    private SiteRelay() {}

    /// Runs until it is killed.
    public static void main(String[] arguments) {
        int mtu = Integer.parseInt(arguments[2]);
        long delayNs = Long.parseLong(arguments[3]);
        int size = Integer.parseInt(arguments[4]);
        TapNic first = open(arguments[0], mtu);
        TapNic second = open(arguments[1], mtu);
        new Direction(arguments[0], first, second, delayNs, size).start();
        new Direction(arguments[1], second, first, delayNs, size).start();
        System.out.println("line ready");
        System.out.flush();
    }

    private static TapNic open(String name, int mtu) {
        TapDevice.Opened tap =
                TapDevice.open(new TapDevice.Request(name, null, 1, -1, mtu, 0, RING, false, true, false, true));
        return new TapNic(tap.descriptors()[0], ReadBudget.NONE, tap.offload() == TapDevice.Offload.TUNNELS);
    }

    /// One way of the line: a slab that goes round, frames in the order in which they came. One thread's.
    private static final class Direction {
        private final String name;
        private final TapNic from;
        private final TapNic to;
        private final long delayNs;
        private final Posix posix = new Posix();
        private final int size;
        private final MemorySegment slab;
        private final ScatterList one = new ScatterList(Arena.ofAuto(), 1);
        // Where the next frame is read to, and where the oldest is.
        private int head;
        private int tail;
        private int frames;
        /// The next frames are before the oldest, which end here.
        private boolean wrapped;

        private int end;

        private long passed;
        private long lost;
        private long latestNs;

        Direction(String name, TapNic from, TapNic to, long delayNs, int size) {
            this.size = size;
            this.slab = Arena.ofAuto().allocate(size, 4096);
            this.name = name;
            this.from = from;
            this.to = to;
            this.delayNs = delayNs;
        }

        void start() {
            Thread.ofPlatform().name("line-" + name).start(this::run);
        }

        private void run() {
            Scheduling.timerSlack(1000);
            long tellNs = System.nanoTime() + SECOND_NS;
            long told = 0;
            while (true) {
                long now = System.nanoTime();
                if (now - tellNs >= 0) {
                    tellNs = now + SECOND_NS;
                    if (passed + lost != told) {
                        told = passed + lost;
                        System.out.printf(
                                Locale.ROOT,
                                "line %s passed=%d lost=%d late_us=%.1f%n",
                                name,
                                passed,
                                lost,
                                latestNs / 1e3);
                        System.out.flush();
                        latestNs = 0;
                    }
                }
                long restNs = pass(now);
                if (!take(now) && restNs > 0) {
                    posix.sleepUnlessReadable(from.descriptor(), restNs);
                }
            }
        }

        /// Hands on all that is due.
        ///
        /// @return nanoseconds until the next is
        private long pass(long now) {
            while (frames > 0) {
                if (wrapped && tail == end) {
                    tail = 0;
                    wrapped = false;
                }
                long late = now - slab.get(ValueLayout.JAVA_LONG, tail + DUE_AT);
                if (late < 0) {
                    return -late;
                }
                int length = slab.get(ValueLayout.JAVA_INT, tail + LENGTH_AT);
                one.clear();
                one.addSeparately(slab.address() + tail + HEAD, length);
                if (to.write(posix, one) < 0) {
                    lost++;
                } else {
                    passed++;
                    latestNs = Math.max(latestNs, late);
                }
                tail += record(length);
                frames--;
            }
            head = 0;
            tail = 0;
            wrapped = false;
            return IDLE_NS;
        }

        /// Takes a frame in, if there is one.
        private boolean take(long now) {
            if (!hasRoom()) {
                // The kernel keeps, or drops, what comes: the line is as full as one that long can be.
                return false;
            }
            int length = from.read(posix, slab, head + HEAD, MOST_FRAME);
            if (length == VirtualNic.NOTHING || length < 0) {
                return false;
            }
            slab.set(ValueLayout.JAVA_LONG, head + DUE_AT, now + delayNs);
            slab.set(ValueLayout.JAVA_INT, head + LENGTH_AT, length);
            head += record(length);
            frames++;
            return true;
        }

        private boolean hasRoom() {
            int most = record(MOST_FRAME);
            if (!wrapped && size - head < most && tail >= most) {
                end = head;
                head = 0;
                wrapped = true;
            }
            return (wrapped ? tail : size) - head >= most;
        }

        private static int record(int length) {
            return HEAD + length + ALIGNMENT - 1 & -ALIGNMENT;
        }
    }
}
