package org.vnetp.overlay.control;

/// Durations as statements write them.
final class Durations {
    private static final String[] UNITS = {"ns", "us", "ms", "s"};

    private Durations() {}

    /// The shortest exact form, such as `5ms`.
    static String format(long ns) {
        long value = ns;
        int unit = 0;
        while (unit < UNITS.length - 1 && value != 0 && value % 1000 == 0) {
            value /= 1000;
            unit++;
        }
        return value + UNITS[unit];
    }
}
