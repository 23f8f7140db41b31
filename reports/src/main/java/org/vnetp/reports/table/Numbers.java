package org.vnetp.reports.table;

import java.util.Locale;

/// Numbers as text, the same under every locale.
public final class Numbers {
    private Numbers() {}

    /// A value of no known size: four digits or so, never an exponent up to a billion.
    public static String value(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "";
        }
        if (value == Math.rint(value) && size < 1000) {
            return fixed(value, 0);
        }
        if (size >= 1e9 || (size < 1e-4 && size > 0)) {
            return String.format(Locale.ROOT, "%.3e", value);
        }
        int digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : size >= 0.01 ? 4 : 6;
        return fixed(value, digits);
    }

    /// Mop/s as the published table gives them: two decimals, none from ten thousand on.
    public static String mops(double value) {
        return Double.isFinite(value) ? fixed(value, Math.abs(value) >= 10_000 ? 0 : 2) : "";
    }

    public static String fixed(double value, int digits) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "";
    }

    /// A factor as percent with one decimal, without the sign.
    public static String percent(double factor) {
        return fixed(100 * factor, 1);
    }

    /// A factor as percent with half of its interval's width: `97.3 ± 2.1`; without interval the estimate alone.
    public static String plusMinus(double factor, double halfWidth) {
        return Double.isFinite(halfWidth) ? percent(factor) + " ± " + percent(halfWidth) : percent(factor);
    }

    /// An interval of factors, in percent.
    public static String interval(double low, double high) {
        return Double.isFinite(low) && Double.isFinite(high) ? "[" + percent(low) + ", " + percent(high) + "]" : "";
    }

    /// A unit that people read, and what to divide by to get there.
    public record Scale(double divisor, String unit) {
        /// The value in this unit.
        public double of(double value) {
            return value / divisor;
        }
    }

    /// The unit for values of the size of `largest`: bit/s as Gbit/s, ns as µs, and so on.
    public static Scale scale(String unit, double largest) {
        return switch (unit) {
            case "bit/s" -> largest >= 1e9 ? new Scale(1e9, "Gbit/s") : new Scale(1e6, "Mbit/s");
            case "ns" ->
                largest >= 1e8 ? new Scale(1e6, "ms") : largest >= 1000 ? new Scale(1e3, "µs") : new Scale(1, "ns");
            case "frames/s", "messages/s" ->
                largest >= 1e6
                        ? new Scale(1e6, "M" + unit)
                        : largest >= 1e4 ? new Scale(1e3, "k" + unit) : new Scale(1, unit);
            case "B" ->
                largest >= 1e9
                        ? new Scale(1e9, "GB")
                        : largest >= 1e6
                                ? new Scale(1e6, "MB")
                                : largest >= 1e4 ? new Scale(1e3, "kB") : new Scale(1, "B");
            default -> new Scale(1, unit);
        };
    }
}
