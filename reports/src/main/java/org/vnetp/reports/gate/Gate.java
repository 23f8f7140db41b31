package org.vnetp.reports.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.hipparchus.distribution.continuous.TDistribution;
import org.vnetp.reports.stats.Holm;
import org.vnetp.reports.stats.VariancePrior;

/// Compares a head result with a base result, series by series.
///
/// The ratio of two series has the standard error of both, with Welch's degrees of freedom. A series *regressed* when
/// it is worse by the threshold or more and its p-value, by Holm's procedure among all series that decide, is below 5
/// %:
/// so an unchanged program fails the whole gate in at most one case of twenty, however many series there are. It
/// *passes* when the lower end of its interval is above the threshold, not when nothing was found: what was
/// measured too roughly to tell is *inconclusive*, and says how much more would do.
///
/// The threshold is what the user allows, and never less than how far native was from itself.
public final class Gate {
    static final double LEVEL = 0.05;
    /// A threshold of everything would let everything pass.
    public static final double MOST = 0.99;

    private static final double TAIL = 0.025;

    private Gate() {}

    /// Two results of different times.
    public static GateResult compare(Side base, Side head, Rules rules) {
        double threshold = threshold(rules, base.floor(), head.floor());
        List<String> notes = new ArrayList<>(Notes.of(base, head));
        boolean strangers = !rules.anyMachine() && Notes.otherMachine(base, head);
        Map<SeriesKey, Series> bases = new TreeMap<>();
        Map<SeriesKey, String> names = new TreeMap<>();
        base.series().forEach((key, series) -> {
            SeriesKey now = rules.renamed(key);
            bases.put(now, series);
            if (!now.equals(key)) {
                names.put(now, key.text());
            }
        });
        for (String old : rules.renameNothing(base.series().keySet())) {
            notes.add(
                    "The alias of '" + old + "' renames nothing: expected a benchmark of the base result, or one of its"
                            + " series as suite/benchmark/params/fabric/link/metric.");
        }
        List<Comparison> all = new ArrayList<>();
        for (Series now : head.series().values()) {
            Optional<Series> before = Optional.ofNullable(bases.remove(now.key()));
            all.add(of(
                    Comparison.of(
                            now.key(),
                            Optional.ofNullable(names.get(now.key())),
                            rules.gates(now),
                            before,
                            Optional.of(now)),
                    strangers));
        }
        bases.forEach((key, before) -> all.add(of(
                Comparison.of(
                        key,
                        Optional.ofNullable(names.get(key)),
                        rules.gates(before),
                        Optional.of(before),
                        Optional.empty()),
                strangers)));
        return new GateResult(base, head, threshold, judged(all, threshold, rules), notes);
    }

    /// Arms that stood side by side, compared round by round: each round is an independent unit, with processes of
    /// its own. Few rounds tell little of how a series scatters, so each leans on what is usual among its suite; a
    /// microbenchmark says nothing of how throughput scatters.
    public static List<Comparison> paired(List<Paired> all, double threshold) {
        Map<String, List<Paired>> suites = new TreeMap<>();
        all.forEach(each -> suites.computeIfAbsent(each.base().key().suite(), _ -> new ArrayList<>())
                .add(each));
        List<Comparison> measured = new ArrayList<>();
        suites.values().forEach(suite -> measured.addAll(ofSuite(suite)));
        return judged(measured, threshold, Rules.usual());
    }

    private static List<Comparison> ofSuite(List<Paired> all) {
        double[] variances = new double[all.size()];
        int[] freedoms = new int[all.size()];
        for (int i = 0; i < variances.length; i++) {
            freedoms[i] = all.get(i).rounds() - 1;
            variances[i] = freedoms[i] < 1 ? 0 : all.get(i).squares() / freedoms[i];
        }
        VariancePrior prior = VariancePrior.of(variances, freedoms);
        List<Comparison> measured = new ArrayList<>();
        for (int i = 0; i < variances.length; i++) {
            Paired each = all.get(i);
            double variance = freedoms[i] < 1 ? Double.NaN : prior.moderate(each.squares(), freedoms[i]);
            measured.add(measured(
                    Comparison.of(
                            each.base().key(),
                            Optional.empty(),
                            true,
                            Optional.of(each.base()),
                            Optional.of(each.head())),
                    each.mean(),
                    Math.sqrt(variance / each.rounds()),
                    freedoms[i] + prior.freedom()));
        }
        return measured;
    }

    static double threshold(Rules rules, double... floors) {
        double threshold = rules.threshold();
        for (double floor : floors) {
            threshold = floor > threshold ? floor : threshold;
        }
        return Math.min(MOST, threshold);
    }

    /// With what can be measured, and without a verdict where that decides; otherwise with the verdict.
    private static Comparison of(Comparison bare, boolean strangers) {
        if (bare.head().isEmpty()) {
            return said(bare, Verdict.MISSING, "the head result does not have it");
        }
        Series now = bare.head().get();
        if (!now.hasValue()) {
            return said(bare, Verdict.FAILED, now.trouble());
        }
        if (bare.base().isEmpty()) {
            return said(bare, Verdict.NEW, "the base result does not have it");
        }
        Series before = bare.base().get();
        if (!before.hasValue()) {
            return said(bare, Verdict.NEW, "in the base result: " + before.trouble());
        }
        if (!before.unit().equals(now.unit())) {
            return said(bare, Verdict.INCONCLUSIVE, "its unit was '" + before.unit() + "' and is '" + now.unit() + "'");
        }
        if (strangers) {
            return said(bare, Verdict.INCONCLUSIVE, "measured on another machine");
        }
        double v1 = before.standardError() * before.standardError();
        double v2 = now.standardError() * now.standardError();
        double freedom = v1 + v2 == 0
                ? before.freedom() + now.freedom()
                : (v1 + v2) * (v1 + v2) / (part(v1, before.freedom()) + part(v2, now.freedom()));
        return measured(bare, now.log() - before.log(), Math.sqrt(v1 + v2), freedom);
    }

    private static double part(double variance, double freedom) {
        return variance == 0 ? 0 : variance * variance / freedom;
    }

    private static Comparison said(Comparison bare, Verdict verdict, String reason) {
        return bare.with(Double.NaN, verdict, reason, 0);
    }

    private static Comparison measured(Comparison bare, double difference, double error, double freedom) {
        double half = Double.NaN;
        double p = Double.NaN;
        if (error == 0) { // every value the same
            half = 0;
            p = difference == 0 ? 1 : 0;
        } else if (error > 0 && freedom > 0) {
            TDistribution student = new TDistribution(freedom);
            half = student.inverseCumulativeProbability(1 - TAIL) * error;
            p = 2 * student.cumulativeProbability(-Math.abs(difference) / error);
        }
        return bare.measured(Math.exp(difference), Math.exp(difference - half), Math.exp(difference + half), p);
    }

    /// Those that decide are judged together, the others each for itself.
    private static List<Comparison> judged(List<Comparison> all, double threshold, Rules rules) {
        List<Comparison> open =
                all.stream().filter(c -> c.reason().isEmpty() && c.gates()).toList();
        double[] adjusted =
                Holm.adjusted(open.stream().mapToDouble(Comparison::p).toArray());
        List<Comparison> judged = new ArrayList<>();
        int next = 0;
        for (Comparison each : all) {
            boolean absent = each.verdict() == Verdict.MISSING || each.verdict() == Verdict.FAILED;
            if (each.reason().isEmpty()) {
                judged.add(
                        each.gates()
                                ? judge(each, adjusted[next++], open.size(), threshold)
                                : judge(each, each.p(), 1, threshold));
            } else {
                judged.add(absent && rules.mayBeMissing(each.key()) ? each.allowed() : each);
            }
        }
        judged.sort(Comparator.comparing((Comparison c) -> !c.gates())
                .thenComparing(Comparison::verdict)
                .thenComparing(Comparison::key));
        return judged;
    }

    private static Comparison judge(Comparison c, double holm, int among, double threshold) {
        int units = Math.min(
                c.base().map(Series::units).orElse(0), c.head().orElseThrow().units());
        if (Double.isNaN(c.p())) {
            return c.with(
                    holm,
                    Verdict.INCONCLUSIVE,
                    "no interval: "
                            + (units < 2
                                    ? "one independent unit tells nothing of how they scatter"
                                    : "the runs do not tell how launches scatter"),
                    Math.max(1, 5 - units));
        }
        String chance = String.format(
                Locale.ROOT,
                "p %s%s",
                holm < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", holm),
                among > 1 ? " among " + among + " (Holm)" : "");
        String size = String.format(
                Locale.ROOT, "by %.1f %% (%.1f to %.1f)", change(c.ratio()), change(c.low()), change(c.high()));
        if (c.ratio() <= 1 - threshold && holm < LEVEL) {
            return c.with(holm, Verdict.REGRESSED, "changed " + size + ", " + chance, 0);
        }
        if (c.ratio() >= 1 / (1 - threshold) && holm < LEVEL) {
            return c.with(holm, Verdict.IMPROVED, "changed " + size + ", " + chance, 0);
        }
        if (c.low() > 1 - threshold) {
            return c.with(holm, Verdict.PASS, "", 0);
        }
        double half = Math.log(c.high() / c.low()) / 2;
        double room = Math.max(-Math.log1p(-threshold) / 4, Math.abs(Math.log(c.ratio() / (1 - threshold))));
        double factor = half / room;
        int needed = units == 0 ? 0 : (int) Math.min(10_000, Math.max(1, Math.ceil(units * (factor * factor - 1))));
        return c.with(
                holm,
                Verdict.INCONCLUSIVE,
                c.high() < 1
                        ? "suspect: changed " + size + ", but " + chance
                        : String.format(Locale.ROOT, "the interval reaches down to %.1f %%", change(c.low())),
                needed);
    }

    private static double change(double ratio) {
        return 100 * (ratio - 1);
    }
}
