package org.vnetp.overlay.route;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Which frames have come to this node, and by which ports: so that a frame which is passed on between links goes on
/// once, whatever the topology. Without it a broadcast in a mesh of nodes that all pass it on multiplies until hop
/// limits end it, and over formats without one never ends.
///
/// Nodes mark nothing on the frames, since one of the two wire formats has no room for marks; a frame is known by a
/// digest of its contents. Guests send equal frames again (the same ARP request each second, two in a burst), so
/// equal contents are not enough to call a frame repeated. But every neighbour passes a frame on once, and links keep
/// order, so by any one port as many equal frames come as have been sent at most: the n-th copy by a port belongs to
/// the n-th frame sent. A frame is new exactly when no other port has brought so many copies before. What is lost on
/// one port's way therefore harms nothing as long as another port brings it.
///
/// Copies that come more than [#HOLD_NS] after their frame are taken for a new one: a node remembers no longer.
/// [#FULL] tells that more different frames come within that time than are remembered; passing these on would be
/// without the protection.
///
/// **Assumptions:** any number of loops call at once; a call allocates nothing. **Guarantee:** of all loops that ask
/// about copies of one frame, one is told [#NEW]. A bucket of eight frames is one caller's for some tens of
/// nanoseconds; another asks again, soon gives way to threads that want its processor (the owner's may be one),
/// and after [#TRIES] in vain is told [#FULL].
public final class FloodMemory {
    /// How long a frame is remembered, nanoseconds.
    public static final long HOLD_NS = 1_000_000_000L;

    /// Passes on: not seen before.
    public static final int NEW = 0;
    /// A copy of one that has passed on.
    public static final int REPEATED = 1;
    /// Cannot be told.
    public static final int FULL = 2;

    /// After so long without a new one all copies of a frame have come; ports that lost some are level again.
    static final long SETTLED_NS = HOLD_NS / 2;

    static final int WAYS = 8;
    static final int TRIES = 2_000;
    private static final int SPINS = 200;
    /// Ports whose copies of one frame are counted; copies by more ports than these are never new.
    static final int PORTS = 16;

    private static final int BUCKETS = 1024;
    private static final int FREE = -1;

    private final AtomicIntegerArray taken = new AtomicIntegerArray(BUCKETS);
    private final long[] digests = new long[BUCKETS * WAYS];
    // Of the last new one.
    private final long[] heardNs = new long[BUCKETS * WAYS];
    private final boolean[] floods = new boolean[BUCKETS * WAYS];
    // How many equal frames have been new; 0: the entry is free.
    private final int[] news = new int[BUCKETS * WAYS];
    private final short[] ports = new short[BUCKETS * WAYS * PORTS];
    private final int[] copies = new int[BUCKETS * WAYS * PORTS];
    // Copies that a port is taken to have brought of which none is known.
    private final int[] level = new int[BUCKETS * WAYS];
    private final int[] victim = new int[BUCKETS];

    /// A frame has come.
    ///
    /// @param digest of what is the same in all its copies
    /// @param port   where it came in
    /// @param flood  true: it goes to many, and must be remembered; false: it goes one way, and is remembered as
    ///               long as there is room for it
    /// @param nowNs  a monotonic clock's reading
    /// @return [#NEW], [#REPEATED] or [#FULL]; never FULL for what is no flood
    public int admit(long digest, int port, boolean flood, long nowNs) {
        int bucket = (int) (digest >>> 32) & BUCKETS - 1;
        for (int tries = 0; tries < TRIES; tries++) {
            if (taken.compareAndSet(bucket, 0, 1)) {
                int said = look(bucket, digest, port, flood, nowNs);
                taken.setRelease(bucket, 0);
                return said;
            }
            if (tries < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        return flood ? FULL : NEW;
    }

    private int look(int bucket, long digest, int port, boolean flood, long nowNs) {
        int first = bucket * WAYS;
        int room = FREE;
        for (int i = first; i < first + WAYS; i++) {
            if (news[i] == 0 || nowNs - heardNs[i] > HOLD_NS) {
                room = i;
            } else if (digests[i] == digest) {
                floods[i] |= flood;
                return again(i, port, nowNs);
            }
        }
        for (int i = 0; i < WAYS && room == FREE; i++) {
            int candidate = first + (victim[bucket]++ & WAYS - 1);
            if (!floods[candidate]) {
                room = candidate;
            }
        }
        if (room == FREE) {
            return flood ? FULL : NEW;
        }
        digests[room] = digest;
        heardNs[room] = nowNs;
        floods[room] = flood;
        news[room] = 1;
        level[room] = 0;
        int cell = room * PORTS;
        Arrays.fill(ports, cell, cell + PORTS, (short) FREE);
        ports[cell] = (short) port;
        copies[cell] = 1;
        return NEW;
    }

    /// A frame of known contents.
    private int again(int entry, int port, long nowNs) {
        int cell = entry * PORTS;
        int end = cell + PORTS;
        if (nowNs - heardNs[entry] > SETTLED_NS) {
            level[entry] = news[entry];
            Arrays.fill(copies, cell, end, news[entry]);
        }
        while (cell < end && ports[cell] != port && ports[cell] != FREE) {
            cell++;
        }
        if (cell == end) {
            return REPEATED;
        }
        if (ports[cell] == FREE) {
            ports[cell] = (short) port;
            copies[cell] = level[entry];
        }
        copies[cell]++;
        if (copies[cell] - news[entry] <= 0) {
            return REPEATED;
        }
        news[entry] = copies[cell];
        heardNs[entry] = nowNs;
        return NEW;
    }
}
