package org.vnetp.overlay.route;

import java.util.Arrays;
import org.vnetp.overlay.stats.DropReason;

/// Where a frame goes: an immutable set of ports, ascending, without the port it came from. Often
/// one, several for broadcast and multicast, none for a drop.
public final class Destinations {
    /// No rule matched: the caller counts a drop of [DropReason#NO_ROUTE].
    public static final Destinations NONE = new Destinations(new int[0], 0);
    /// Rules matched, but only back to where the frame came from: the caller counts a drop of
    /// [DropReason#HAIRPIN].
    public static final Destinations HAIRPIN = new Destinations(new int[0], 0);

    private final int[] ports;

    Destinations(int[] ports, int count) {
        this.ports = Arrays.copyOf(ports, count);
    }

    /// For tests and fixed wirings.
    public static Destinations of(int... ports) {
        int[] sorted = Arrays.stream(ports).sorted().distinct().toArray();
        return sorted.length == 0 ? NONE : new Destinations(sorted, sorted.length);
    }

    /// How many ports; 0 means drop, see [#dropReason].
    public int count() {
        return ports.length;
    }

    /// The i-th port.
    public int port(int i) {
        return ports[i];
    }

    /// The reason to count when [#count] is 0.
    public DropReason dropReason() {
        return this == HAIRPIN ? DropReason.HAIRPIN : DropReason.NO_ROUTE;
    }

    boolean isExactly(int[] candidates, int count) {
        return Arrays.equals(ports, 0, ports.length, candidates, 0, count);
    }

    static int hash(int[] ports, int count) {
        int hash = count;
        for (int i = 0; i < count; i++) {
            hash = (hash ^ ports[i]) * 0x9E37_79B1;
        }
        return hash;
    }

    int hash() {
        return hash(ports, ports.length);
    }

    @Override
    public String toString() {
        return this == HAIRPIN ? "hairpin" : Arrays.toString(ports);
    }
}
