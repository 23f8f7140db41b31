package org.vnetp.overlay.dispatch;

import java.util.Locale;

/// Who drives one direction of a loop.
public enum DispatchMode {
    /// Block until the guest or the network wakes us: low latency at low rates, no processor time when idle.
    GUEST,
    /// Poll both sides: throughput.
    VMM,
    /// Between the two by packet rate, with hysteresis.
    ADAPTIVE;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
