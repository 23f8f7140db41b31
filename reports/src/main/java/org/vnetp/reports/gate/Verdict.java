package org.vnetp.reports.gate;

import java.util.Locale;

/// What is said of a series.
public enum Verdict {
    /// Worse by more than may be, and more than chance among so many series gives.
    REGRESSED,
    /// In the head result there is no value, and the reason says why.
    FAILED,
    /// In the base result only.
    MISSING,
    /// Neither shown to be worse nor shown not to be.
    INCONCLUSIVE,
    /// In the head result only.
    NEW,
    /// Not worse by more than may be: the whole interval says so.
    PASS,
    /// Better by more than would be bad if it were worse.
    IMPROVED;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
