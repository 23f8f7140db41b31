package org.vnetp.overlay.stats;

import java.util.Locale;

/// What a loop counts about itself.
public enum LoopCounter {
    ROUNDS("rounds of the loop"),
    WORK_ROUNDS("rounds that moved at least one frame"),
    WAITS("times the loop blocked until the guest or the network woke it"),
    YIELDS("times an idle loop yielded the processor"),
    SLEEPS("times an idle loop slept"),
    COMMANDS("commands taken from control"),
    STARVATION_GUARDS("times polling gave way to busy guests"),
    LATE_ERRORS("exceptions caught at the loop's edge"),
    FLOW_CACHE_MISSES("frames whose way was not in the flow cache"),
    FLOW_CACHE_EVICTIONS("flows that gave way to others in the flow cache"),
    ADDRESSES_LEARNED("addresses learned"),
    ADDRESSES_MOVED("learned addresses that moved to another port"),
    ADDRESSES_REFUSED("addresses not learned because the table is full"),
    MOVE_HELD_FRAMES("frames held until the old way of a flow that moved was empty"),
    MOVE_TIMEOUTS("times held frames were let go because that took too long"),
    MOVE_FULL("times held frames were let go because there was no room for more");

    private final String description;
    private final String label;

    LoopCounter(String description) {
        this.description = description;
        this.label = name().toLowerCase(Locale.ROOT);
    }

    public String description() {
        return description;
    }

    public String label() {
        return label;
    }
}
