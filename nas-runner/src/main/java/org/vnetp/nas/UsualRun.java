package org.vnetp.nas;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.vnetp.nas.npb.RankRule;

/// What `./vnetp nas` measures of what the user does not choose.
///
/// Ranks: one on every host, or the next number that the kernel allows. Ranks poll while they wait, so more of them
/// than processors scatter: on two processors a region of cg.A and is.A against the native one beside it varies by 3
/// to 5 % with 2 ranks and by 10 to 14 % with 4 (standard deviation of the log of the ratio, native against native).
final class UsualRun {
    /// Large enough that a region is not all messages of nothing, small enough for many regions in ten minutes.
    private static final Map<String, String> CLASSES = Map.of("is", "A", "cg", "A", "mg", "A");

    /// Start quickly, have short regions and send much.
    private static final List<String> QUICK = List.of("is", "cg", "mg", "ft");

    private static final int MOST_RANKS = 1 << 14;

    private UsualRun() {}

    /// @param quick for a look
    static List<String> kernels(boolean quick) {
        return quick ? QUICK : KernelCell.KERNELS;
    }

    static String problemClass(String kernel) {
        return CLASSES.getOrDefault(kernel, "W");
    }

    /// @param kernel one that is none of the eight gets `least`, and is refused where cells are read
    /// @param least one for each host
    static int ranks(String kernel, int least) {
        if (!KernelCell.KERNELS.contains(kernel)) {
            return least;
        }
        RankRule rule = RankRule.of(kernel);
        return IntStream.rangeClosed(least, MOST_RANKS)
                .filter(rule::allows)
                .findFirst()
                .orElse(least);
    }
}
