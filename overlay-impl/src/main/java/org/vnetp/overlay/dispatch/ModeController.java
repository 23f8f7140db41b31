package org.vnetp.overlay.dispatch;

/// VNET/P's adaptive dispatch for one direction: by packet rate over a window, with hysteresis.
///
/// The rate above alpha_u makes the direction VMM-driven, below alpha_l guest-driven; between the two it stays as it is. It starts
/// guest-driven. A starvation guard may forbid polling for a while. Time is passed in; one loop's.
public final class ModeController {
    /// Why the mode is what it is.
    public enum Reason {
        FIXED,
        START,
        RATE_ABOVE_ALPHA_U,
        RATE_BELOW_ALPHA_L,
        STARVATION_GUARD
    }

    private DispatchSettings settings;
    private boolean polling;
    private Reason reason = Reason.START;
    private long windowStartNs;
    private long packets;
    private double rate;
    private double switchRate;
    private long switches;
    private long guardUntilNs;
    private boolean guarded;

    public ModeController(DispatchSettings settings, long nowNs) {
        configure(settings, nowNs);
    }

    public void configure(DispatchSettings newSettings, long nowNs) {
        settings = newSettings;
        windowStartNs = nowNs;
        packets = 0;
        guarded = false;
        boolean wanted = newSettings.mode() == DispatchSettings.Mode.VMM_DRIVEN;
        if (newSettings.mode() != DispatchSettings.Mode.ADAPTIVE) {
            change(wanted, Reason.FIXED);
        } else {
            change(false, Reason.START);
        }
    }

    /// Counts packets and, once a window is over, decides.
    public void onRound(int newPackets, long nowNs) {
        packets += newPackets;
        long elapsed = nowNs - windowStartNs;
        if (elapsed < settings.omegaNs()) {
            return;
        }
        rate = packets * 1e9 / elapsed;
        packets = 0;
        windowStartNs = nowNs;
        if (settings.mode() != DispatchSettings.Mode.ADAPTIVE) {
            return;
        }
        if (guarded && nowNs - guardUntilNs >= 0) {
            guarded = false;
        }
        if (!polling && rate > settings.alphaU() && !guarded) {
            change(true, Reason.RATE_ABOVE_ALPHA_U);
        } else if (polling && rate < settings.alphaL()) {
            change(false, Reason.RATE_BELOW_ALPHA_L);
        }
    }

    /// Polling takes CPU time that others need: blocks until `untilNs` at least.
    public void giveWay(long untilNs) {
        guarded = true;
        guardUntilNs = untilNs;
        if (polling) {
            change(false, Reason.STARVATION_GUARD);
        }
    }

    private void change(boolean toPolling, Reason why) {
        if (polling != toPolling) {
            switches++;
            switchRate = rate;
        }
        polling = toPolling;
        reason = why;
    }

    /// True when VMM-driven: this direction is polled, the other side's wake-ups are not needed.
    public boolean polling() {
        return polling;
    }

    public Reason reason() {
        return reason;
    }

    /// Packets/s of the last whole window.
    public double rate() {
        return rate;
    }

    /// The rate that caused the last switch, packets/s.
    public double switchRate() {
        return switchRate;
    }

    public long switches() {
        return switches;
    }
}
