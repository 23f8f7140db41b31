package org.vnetp.overlay.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// VNET/P's adaptive dispatch for one direction: by packet rate over a window, with hysteresis.
///
/// A rate above alpha_u makes the direction VMM-driven, one below alpha_l guest-driven; between the
/// two it stays as it is. It starts guest-driven, and stays so while no processor is to spare. The
/// starvation guard may forbid polling for a while ([#giveWay]). Time is passed in. One loop's,
/// except [#describe].
public final class ModeController {
    /// Tells whether there is a processor that polling could have to itself.
    @FunctionalInterface
    public interface Spare {
        boolean processor(long nowNs);
    }

    /// How long a direction stays guest-driven before it asks for a processor again.
    static final long HELD_BACK_NS = 100_000_000L;

    /// Changes of state that are remembered.
    static final int REMEMBERED = 16;

    private record Change(long atNs, DispatchMode to, double rate, String cause) {}

    private final String direction;
    private final Spare spare;
    private volatile long heldBack;
    private DispatchMode wanted;
    private long alphaL;
    private long alphaU;
    private long omegaNs;
    private boolean polling;
    private long windowStartNs;
    private long packets;
    private volatile double rate;
    private volatile long switches;
    private volatile List<Change> recent = List.of();
    private volatile DispatchMode state = DispatchMode.GUEST;
    private boolean guarded;
    private long guardedUntilNs;

    /// @param direction `out` or `in`
    public ModeController(String direction, DispatchSettings settings, long nowNs) {
        this(direction, settings, nowNs, now -> true);
    }

    /// @param direction `out` or `in`
    /// @param spare     asked before the direction starts to poll by its own decision
    public ModeController(String direction, DispatchSettings settings, long nowNs, Spare spare) {
        this.direction = direction;
        this.spare = spare;
        configure(settings, nowNs);
    }

    /// Takes over changed settings; an adaptive direction keeps its state.
    public void configure(DispatchSettings settings, long nowNs) {
        DispatchMode before = wanted;
        wanted = "out".equals(direction) ? settings.out() : settings.in();
        alphaL = settings.alphaL();
        alphaU = settings.alphaU();
        omegaNs = settings.omegaNs();
        if (wanted == before) {
            return;
        }
        windowStartNs = nowNs;
        packets = 0;
        guarded = false;
        if (wanted != DispatchMode.ADAPTIVE) {
            change(wanted == DispatchMode.VMM, nowNs, "set by hand");
        } else if (before == DispatchMode.VMM) {
            change(false, nowNs, "adaptive starts guest-driven");
        }
    }

    /// Counts packets and, once a window is over, decides.
    public void onRound(int newPackets, long nowNs) {
        packets += newPackets;
        long elapsed = nowNs - windowStartNs;
        if (elapsed >= omegaNs) {
            decide(elapsed, nowNs);
        }
    }

    private void decide(long elapsed, long nowNs) {
        double lastRate = packets * 1e9 / elapsed;
        rate = lastRate;
        packets = 0;
        windowStartNs = nowNs;
        if (wanted != DispatchMode.ADAPTIVE) {
            return;
        }
        if (guarded && nowNs - guardedUntilNs >= 0) {
            guarded = false;
        }
        if (!polling && lastRate > alphaU && !guarded) {
            if (spare.processor(nowNs)) {
                change(true, nowNs, text(lastRate, "above alpha-u", alphaU));
            } else {
                heldBack++;
                guarded = true;
                guardedUntilNs = nowNs + HELD_BACK_NS;
            }
        } else if (polling && lastRate < alphaL) {
            change(false, nowNs, text(lastRate, "below alpha-l", alphaL));
        }
    }

    private static String text(double rate, String how, long bound) {
        return String.format(Locale.ROOT, "rate %.0f/s %s %d/s", rate, how, bound);
    }

    /// Polling takes processor time that guests need: an adaptive direction blocks until `untilNs` at least.
    ///
    /// @return true when the direction was polling by its own decision and now gives way
    public boolean giveWay(long nowNs, long untilNs, String cause) {
        if (wanted != DispatchMode.ADAPTIVE || !polling) {
            return false;
        }
        guarded = true;
        guardedUntilNs = untilNs;
        change(false, nowNs, cause);
        return true;
    }

    private void change(boolean toPolling, long nowNs, String cause) {
        if (polling == toPolling) {
            return;
        }
        polling = toPolling;
        state = toPolling ? DispatchMode.VMM : DispatchMode.GUEST;
        switches++;
        List<Change> next = new ArrayList<>(recent);
        if (next.size() == REMEMBERED) {
            next.removeFirst();
        }
        next.add(new Change(nowNs, state, rate, cause));
        recent = List.copyOf(next);
    }

    /// True when VMM-driven: this direction is polled, the other side's wake-ups are not needed.
    public boolean polling() {
        return polling;
    }

    /// True when the settings, not the rate, say that this direction is polled.
    public boolean pollingByHand() {
        return polling && wanted == DispatchMode.VMM;
    }

    /// What `show dispatch` tells. Any thread.
    public DispatchReport.Direction describe(String loop, long nowNs) {
        List<DispatchReport.Switch> changes = new ArrayList<>();
        for (Change change : recent) {
            changes.add(new DispatchReport.Switch(
                    (nowNs - change.atNs()) / 1e9, change.to(), change.rate(), change.cause()));
        }
        return new DispatchReport.Direction(loop, direction, state, rate, switches, heldBack, changes);
    }
}
