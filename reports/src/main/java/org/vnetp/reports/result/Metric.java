package org.vnetp.reports.result;

import java.util.Objects;
import java.util.Optional;

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

    /// More than any machine of our days, in any of our units: what is above is a misread or a miscounted value.
    private static final double MOST = 1e15;

    /// What a value may be: a rate or a latency of zero is no result, and nothing that is counted is
    /// below zero; a gain, a fact in percent, may be a loss.
    ///
    /// @param value NaN where the run gave none, which is no fault
    /// @return what is wrong with it, naming the metric and what was expected; empty where it may be
    public Optional<String> objection(double value) {
        boolean positive = direction == Direction.HIGHER_IS_BETTER || unit.equals("ns");
        boolean signed = direction == Direction.NEUTRAL && unit.equals("%") && value >= -MOST;
        if (Double.isNaN(value) || (positive ? value > 0 : signed || value >= 0) && value <= MOST) {
            return Optional.empty();
        }
        String found = value == 0 ? "0" : Double.toString(value);
        return Optional.of(label + " is " + found + (unit.isEmpty() ? "" : " " + unit) + "; expected "
                + (value > 0 ? "at most " + MOST : positive ? "more than 0: nothing was measured" : "0 or more"));
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
