package org.vnetp.reports.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vnetp.reports.stats.Holm;
import org.vnetp.reports.stats.PairedRatio;

/// The judgement over the finalists, by launches that took no part in choosing them: so whatever the race had
/// seen, at most one tuning of twenty prefers a setting that is not better (Holm's procedure over the
/// finalists' two-sided signed-rank tests; both directions count, so it is nearer one of forty).
///
/// @param finalists the best first
/// @param launches that the default had
public record Confirmation(List<Finalist> finalists, int launches) {
    /// The chance of preferring a setting that is not better.
    public static final double LEVEL = 0.05;

    /// @param setting its name
    /// @param gain the score of launches as a factor of the default: above 1 is better
    /// @param p two-sided, adjusted by Holm's procedure among the finalists; NaN with less than six launches
    /// @param failure why it has no result, or empty
    public record Finalist(String setting, PairedRatio gain, double p, String failure) {
        /// Whether it is better beyond noise.
        public boolean beats() {
            return failure.isEmpty() && gain.estimate() > 1 && p < LEVEL;
        }
    }

    public Confirmation {
        finalists = List.copyOf(finalists);
    }

    /// Judges the phase [Contest#CONFIRM] of a contest.
    public static Confirmation of(Contest contest) {
        List<String> names = new ArrayList<>(contest.settings());
        List<PairedRatio> gains = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        int launches = 0;
        for (String name : names) {
            double[] scores = contest.launchScores(name);
            if (scores.length > 0) {
                kept.add(name);
                gains.add(PairedRatio.of(scores, name.hashCode()));
                launches = Math.max(launches, scores.length);
            }
        }
        double[] p = gains.stream().mapToDouble(PairedRatio::pValue).toArray();
        double[] adjusted = Holm.adjusted(p);
        List<Finalist> finalists = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            finalists.add(new Finalist(
                    kept.get(i),
                    gains.get(i),
                    adjusted[i],
                    contest.failure(kept.get(i)).orElse("")));
        }
        finalists.sort(Comparator.comparing((Finalist f) -> !f.beats())
                .thenComparing(f -> -f.gain().estimate()));
        return new Confirmation(finalists, launches);
    }

    /// The setting to use instead of the default, if there is one.
    public Optional<Finalist> winner() {
        return finalists.stream().findFirst().filter(Finalist::beats);
    }

    /// The smallest gain that this many launches find in four cases of five, as a factor less 1: of the
    /// finalist of middling scatter, before Holm; NaN without finalists.
    public double detectable() {
        double[] all = finalists.stream()
                .mapToDouble(f -> f.gain().detectable())
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return all.length == 0 ? Double.NaN : all[all.length / 2];
    }

    /// Whether so many launches could have told a setting from the default at all: the smallest p that a
    /// signed-rank test
    /// can give is 2 / 2^launches, and Holm's procedure takes it times the finalists.
    public boolean conclusive() {
        return !finalists.isEmpty() && finalists.size() * 2 / Math.pow(2, launches) < LEVEL;
    }

    /// The outcome in one sentence.
    public String sentence(Goal goal) {
        if (finalists.isEmpty()) {
            return "No setting was confirmed: nothing can be said about the default.";
        }
        if (!conclusive()) {
            return String.format(
                    Locale.ROOT,
                    "Cannot tell whether a setting beats the default for %s: %d fresh launches are too few for a verdict on"
                            + " %d finalists; give a longer --budget.",
                    goal.name(),
                    launches,
                    finalists.size());
        }
        Optional<Finalist> winner = winner();
        if (winner.isPresent()) {
            PairedRatio gain = winner.get().gain();
            return String.format(
                    Locale.ROOT,
                    "%s beats the default for %s by %.1f %% (95 %%: %.1f to %.1f; %d fresh launches, p = %.4f by Holm's"
                            + " procedure over %d finalists).",
                    winner.get().setting(),
                    goal.name(),
                    100 * (gain.estimate() - 1),
                    100 * (gain.low() - 1),
                    100 * (gain.high() - 1),
                    gain.pairs(),
                    winner.get().p(),
                    finalists.size());
        }
        return String.format(
                Locale.ROOT,
                "No setting beats the default for %s beyond noise: a gain of %.1f %% would have been found in four cases"
                        + " of five (%d fresh launches of %d finalists).",
                goal.name(),
                100 * detectable(),
                launches,
                finalists.size());
    }
}
