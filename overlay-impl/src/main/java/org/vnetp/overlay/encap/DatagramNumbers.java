package org.vnetp.overlay.encap;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/// From where the datagrams of one link are numbered: from the time of day, in units of 2^-23 s (119 ns), so that a
/// node that starts anew begins ahead of all that it sent in its lives before, without having to remember them. (TCP
/// chooses its first sequence numbers by a clock for the same reason: RFC 9293, 3.4.1.) A lane sends fewer than 8
/// million datagrams a second, so its count never overtakes the clock.
///
/// Where the clock was set back between two lives, the peer knows newer numbers and refuses; it says so by a datagram
/// of its own, and the numbers go on from there ([#atLeast]): silence ends after one round trip.
///
/// **Threads:** [#begin] by control, [#atLeast] by the loop that receives from the link, [#floor] by all loops.
public final class DatagramNumbers {
    private static final int UNITS_A_SECOND_SHIFT = 23;
    private static final long NS_A_SECOND = 1_000_000_000L;
    private static final long MASK = -1L >>> VnetHeader.INDEX_BITS;

    /// Two beginnings are at least so far apart, 8 ms: more than a [ReplayWindow], so that neither's numbers are
    /// taken for the other's.
    private static final int APART = 1 << 16;

    private static final VarHandle FLOOR;

    static {
        try {
            FLOOR = MethodHandles.lookup().findVarHandle(DatagramNumbers.class, "floor", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LongSupplier timeNs;
    private long last;
    private boolean begun;
    // How far the peer's numbers were ahead of the clock.
    private volatile long lead;
    private volatile long renewals;
    private long floor;

    /// @param timeNs nanoseconds since 1970; must not go back while the process lives
    public DatagramNumbers(LongSupplier timeNs) {
        this.timeNs = timeNs;
    }

    /// A number from which a lane may count, ahead of all that this link has used. 55 bits.
    public synchronized long begin() {
        long number = now() + lead & MASK;
        if (begun && ReplayWindow.ahead(number, last) < APART) {
            number = last + APART & MASK;
        }
        begun = true;
        last = number;
        return number;
    }

    /// How far a number is ahead of another; negative: behind.
    public static long ahead(long number, long of) {
        return ReplayWindow.ahead(number, of);
    }

    private long now() {
        long ns = timeNs.getAsLong();
        return Math.floorDiv(ns, NS_A_SECOND) * (1L << UNITS_A_SECOND_SHIFT)
                + (Math.floorMod(ns, NS_A_SECOND) << UNITS_A_SECOND_SHIFT) / NS_A_SECOND;
    }

    /// The peer believes no number below this one.
    public void atLeast(long number) {
        long lacks = ReplayWindow.ahead(number & MASK, now() + lead & MASK);
        if (lacks > 0) {
            lead += lacks + APART;
        }
        renewals++;
        FLOOR.setOpaque(this, number & MASK);
    }

    /// What [#atLeast] said last; a lane whose count is below goes on from here. 0 until then.
    long floor() {
        return (long) FLOOR.getOpaque(this);
    }

    /// How often the peer knew newer numbers than this link's.
    public long renewals() {
        return renewals;
    }
}
