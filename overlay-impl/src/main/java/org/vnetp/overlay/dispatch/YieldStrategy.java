package org.vnetp.overlay.dispatch;

import java.util.Locale;

/// What an idle polling loop does.
public enum YieldStrategy {
    /// Yields the processor at once.
    IMMEDIATE,
    /// Sleeps `t-sleep`.
    TIMED,
    /// Yields until idle for `t-noyield` rounds, then sleeps.
    ADAPTIVE;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
