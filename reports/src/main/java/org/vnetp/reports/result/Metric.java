package org.vnetp.reports.result;

import java.util.Objects;

/// A quantity that runners record: its name in `observations.csv`, its unit, and which way is better.
///
/// @param name lower case with underscores, as in the column `metric`
/// @param unit as in the column `unit`; empty for a pure number
/// @param direction which way is better
/// @param label how tables and axes call it
public record Metric(String name, String unit, Direction direction, String label) {
    /// Which way is better.
    public enum Direction {
        /// A rate: percent of native is 100*overlay/native.
        HIGHER_IS_BETTER,
        /// A time or a cost: percent of native is 100*native/overlay.
        LOWER_IS_BETTER,
        /// Describes the run; no ratio is formed.
        NEUTRAL
    }

    public Metric {
        Objects.requireNonNull(direction);
        if (!name.matches("[a-z][a-z0-9_.]*")) {
            throw new IllegalArgumentException(
                    "metric '" + name + "': expected lower case letters, digits, '_' and '.', beginning with a letter");
        }
    }

    static Metric rate(String name, String unit, String label) {
        return new Metric(name, unit, Direction.HIGHER_IS_BETTER, label);
    }

    static Metric cost(String name, String unit, String label) {
        return new Metric(name, unit, Direction.LOWER_IS_BETTER, label);
    }

    static Metric fact(String name, String unit, String label) {
        return new Metric(name, unit, Direction.NEUTRAL, label);
    }
}
