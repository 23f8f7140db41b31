package org.vnetp.overlay.dispatch;

/// Every parameter of dispatch, under VNET/P's own names. All can be changed while traffic runs.
///
/// @param out who drives the way from guests to links
/// @param in who drives the way from links to guests
/// @param alphaL packets/s below which an adaptive direction becomes guest-driven
/// @param alphaU packets/s above which an adaptive direction becomes VMM-driven
/// @param omegaNs the window over which the rate is taken, nanoseconds
/// @param yield what an idle polling loop does
/// @param tSleepNs how long the timed strategy sleeps, nanoseconds
/// @param tNoyieldRounds idle rounds before the adaptive strategy sleeps
/// @param dispatchers loops that move frames
/// @param batch most frames taken from one side in a round
/// @param optimistic a virtual machine's guest is woken before a frame for it has been read from its link
/// @param cutThrough a virtual machine's frames are sent from its memory, without a copy
/// @param scheduling how the kernel schedules the loops' threads; not VNET/P's
public record DispatchSettings(
        DispatchMode out,
        DispatchMode in,
        long alphaL,
        long alphaU,
        long omegaNs,
        YieldStrategy yield,
        long tSleepNs,
        int tNoyieldRounds,
        int dispatchers,
        int batch,
        boolean optimistic,
        boolean cutThrough,
        LoopScheduling scheduling) {

    /// VNET/P's values; omega as in the paper.
    public static final DispatchSettings DEFAULT = new DispatchSettings(
            DispatchMode.ADAPTIVE,
            DispatchMode.ADAPTIVE,
            1_000,
            10_000,
            5_000_000,
            YieldStrategy.ADAPTIVE,
            1_000_000,
            1_000,
            1,
            64);

    /// The same, with the ways of virtual machines' frames as they are unless told, and the loops' threads scheduled as
    /// the process was started.
    public DispatchSettings(
            DispatchMode out,
            DispatchMode in,
            long alphaL,
            long alphaU,
            long omegaNs,
            YieldStrategy yield,
            long tSleepNs,
            int tNoyieldRounds,
            int dispatchers,
            int batch) {
        this(
                out,
                in,
                alphaL,
                alphaU,
                omegaNs,
                yield,
                tSleepNs,
                tNoyieldRounds,
                dispatchers,
                batch,
                false,
                true,
                LoopScheduling.DEFAULT);
    }

    /// Most loops a node can have.
    public static final int MAX_DISPATCHERS = 16;

    /// Most frames in a round.
    public static final int MAX_BATCH = 1024;

    /// @throws IllegalArgumentException naming the parameter that is out of range
    public DispatchSettings {
        within("alpha-l", alphaL, 0, 1_000_000_000L);
        within("alpha-u", alphaU, 1, 1_000_000_000L);
        within("omega", omegaNs, 100_000, 10_000_000_000L);
        within("t-sleep", tSleepNs, 1_000, 1_000_000_000L);
        within("t-noyield", tNoyieldRounds, 0, 1_000_000_000L);
        within("dispatchers", dispatchers, 1, MAX_DISPATCHERS);
        within("batch", batch, 1, MAX_BATCH);
        if (alphaL > alphaU) {
            throw new IllegalArgumentException(
                    "alpha-l " + alphaL + " is above alpha-u " + alphaU + ": expected alpha-l <= alpha-u");
        }
    }

    /// The same, with both directions driven so.
    public DispatchSettings driven(DispatchMode mode) {
        return new DispatchSettings(
                mode,
                mode,
                alphaL,
                alphaU,
                omegaNs,
                yield,
                tSleepNs,
                tNoyieldRounds,
                dispatchers,
                batch,
                optimistic,
                cutThrough,
                scheduling);
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " " + value + ": expected " + least + ".." + most);
        }
    }
}
