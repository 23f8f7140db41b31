package org.vnetp.overlay.adapt;

import java.util.Locale;

/// Numbers as people read them.
final class Said {
    private Said() {}

    static String percent(double share) {
        return String.format(Locale.ROOT, Math.abs(share) < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share);
    }

    static String rate(double bits) {
        return Double.isNaN(bits) ? "unknown" : String.format(Locale.ROOT, "%.1f Mbit/s", bits / 1e6);
    }

    static String micros(double ns) {
        return Double.isNaN(ns) ? "unknown" : String.format(Locale.ROOT, "%.0f us", ns / 1e3);
    }

    static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.1f s", ns / 1e9);
    }
}
