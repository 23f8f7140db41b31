package org.vnetp.overlay.measure;

import java.util.Locale;

/// What is measured of a link. `OUT` is from this node to the other, `IN` is from there.
public enum Quantity {
    LOSS_OUT(Unit.RATIO, "datagrams sent that the other node did not get"),
    LOSS_IN(Unit.RATIO, "datagrams that the other node sent and this one did not get"),
    REORDERED_OUT(Unit.RATIO, "datagrams that came there after a newer one (RFC 4737)"),
    REORDERED_IN(Unit.RATIO, "datagrams that came here after a newer one"),
    ECHO_LOSS(Unit.RATIO, "echoes that were not answered, of both ways together"),
    RTT(Unit.NS, "round trip without the other node's own time, the median of 10 s"),
    BASE_RTT(Unit.NS, "the least round trip of 30 s: without queues"),
    DELAY_OUT(Unit.NS, "one way there, the median of 10 s; known only where both nodes have one clock"),
    DELAY_IN(Unit.NS, "one way back, the same"),
    BASE_DELAY_OUT(Unit.NS, "the least one way there of 30 s, the same"),
    BASE_DELAY_IN(Unit.NS, "the least one way back of 30 s, the same"),
    QUEUE_OUT(Unit.NS, "one way there above its least, clocks' skew removed, the median of 10 s"),
    QUEUE_IN(Unit.NS, "one way back above its least, the same"),
    RATE_OUT(Unit.BIT_PER_S, "frames' bits that the other node got in a second, the most of 10 s"),
    RATE_IN(Unit.BIT_PER_S, "frames' bits that this node got in a second, the most of 10 s"),
    CAPACITY_OUT(Unit.BIT_PER_S, "datagrams' bits a second that the way there takes, asked for by a statement"),
    FREE_OUT(Unit.BIT_PER_S, "datagrams' bits a second that the way there had to spare, asked for by a statement");

    /// What a quantity is told in.
    public enum Unit {
        RATIO("ratio"),
        NS("ns"),
        BIT_PER_S("bit/s");

        private final String label;

        Unit(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    private final Unit unit;
    private final String description;
    private final String label;

    Quantity(Unit unit, String description) {
        this.unit = unit;
        this.description = description;
        this.label = name().toLowerCase(Locale.ROOT);
    }

    public Unit unit() {
        return unit;
    }

    public String description() {
        return description;
    }

    /// The name in `show measurements --json`, such as `base_rtt`.
    public String label() {
        return label;
    }
}
