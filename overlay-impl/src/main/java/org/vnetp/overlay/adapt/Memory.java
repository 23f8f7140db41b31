package org.vnetp.overlay.adapt;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vnetp.overlay.adapt.View.Ends;

/// What of the past decisions are made with. [Decider] works on a copy; a controller that begins
/// knows nothing of before, and so waits for as long as after a change.
final class Memory {
    /// Of the changes for a pair of nodes.
    ///
    /// @param changedNs  when the last was made
    /// @param reversals  how often one was taken back
    /// @param reversedNs when that was, or when it was last forgiven
    record Subject(long changedNs, int reversals, long reversedNs) {}

    /// A rate at which a link was full.
    ///
    /// @param bits    a second; where it has more to spare the most that it seemed to carry at most
    /// @param sinceNs when that was first seen
    /// @param seenNs  and last
    /// @param spares  it only seems so: asked since, it had more to spare
    record Full(double bits, long sinceNs, long seenNs, boolean spares) {}

    /// When something was asked last, and how often in a row without an answer.
    record Asked(long atNs, int inVain) {}

    /// A change whose gain is not known yet.
    ///
    /// @param before bits a second of all guests
    /// @param dueNs  when it is judged
    record Pending(Decision decision, double before, double lossBefore, long dueNs) {}

    final Map<String, Integer> streaks;
    final Map<Ends, Subject> subjects;
    final Map<Ends, Long> refusedNs;
    final Map<String, Full> full;
    final Map<Ends, Long> openedNs;
    final Map<Ends, Long> aliveSinceNs;
    final Map<Ends, Long> diedNs;
    final Map<Ends, Long> needlessSinceNs;
    final Map<Ends, Long> unusedSinceNs;
    final Map<String, Asked> asked;
    final Map<String, Long> framesIn;
    /// Echoes that links had sent when they were first seen.
    final Map<String, Long> echoesBefore;

    Optional<Pending> pending;
    /// What was advised last of each kind.
    final Map<Decision.Kind, String> advised;
    /// When places were looked for last; in the future where they are not to be before.
    long placedNs;
    /// Where guests were found to be better last.
    Map<String, String> places;

    Memory() {
        streaks = new HashMap<>();
        subjects = new TreeMap<>();
        refusedNs = new TreeMap<>();
        full = new HashMap<>();
        openedNs = new TreeMap<>();
        aliveSinceNs = new TreeMap<>();
        diedNs = new TreeMap<>();
        needlessSinceNs = new TreeMap<>();
        unusedSinceNs = new TreeMap<>();
        asked = new HashMap<>();
        framesIn = new HashMap<>();
        echoesBefore = new HashMap<>();
        pending = Optional.empty();
        advised = new EnumMap<>(Decision.Kind.class);
        placedNs = Long.MIN_VALUE / 2;
        places = Map.of();
    }

    private Memory(Memory other) {
        streaks = new HashMap<>(other.streaks);
        subjects = new TreeMap<>(other.subjects);
        refusedNs = new TreeMap<>(other.refusedNs);
        full = new HashMap<>(other.full);
        openedNs = new TreeMap<>(other.openedNs);
        aliveSinceNs = new TreeMap<>(other.aliveSinceNs);
        diedNs = new TreeMap<>(other.diedNs);
        needlessSinceNs = new TreeMap<>(other.needlessSinceNs);
        unusedSinceNs = new TreeMap<>(other.unusedSinceNs);
        asked = new HashMap<>(other.asked);
        framesIn = new HashMap<>(other.framesIn);
        echoesBefore = new HashMap<>(other.echoesBefore);
        pending = other.pending;
        advised = new EnumMap<>(other.advised);
        placedNs = other.placedNs;
        places = other.places;
    }

    Memory copy() {
        return new Memory(this);
    }

    /// Counts a finding that must be the same for some readings.
    ///
    /// @return how many in a row it has been so
    int streak(String what, boolean so) {
        if (!so) {
            streaks.remove(what);
            return 0;
        }
        return streaks.merge(what, 1, Integer::sum);
    }

    /// How long nothing else is changed for a pair of nodes after a change.
    long dwellNs(Ends ends, Thresholds thresholds, long nowNs) {
        Subject subject = subjects.get(ends);
        int reversals = subject == null ? 0 : reversals(subject, thresholds, nowNs);
        return Math.min(thresholds.mostDwellNs(), thresholds.dwellNs() << Math.min(20, reversals));
    }

    /// One is forgiven each time the longest dwell has passed without another.
    private static int reversals(Subject subject, Thresholds thresholds, long nowNs) {
        long quiet = (nowNs - subject.reversedNs()) / thresholds.mostDwellNs();
        return (int) Math.max(0, subject.reversals() - Math.max(0, quiet));
    }

    /// Whether a change of these was made too lately for another.
    boolean dwells(Ends ends, Thresholds thresholds, long nowNs) {
        Subject subject = subjects.get(ends);
        return subject != null && nowNs - subject.changedNs() < dwellNs(ends, thresholds, nowNs);
    }

    /// What is remembered of a change that was made.
    ///
    /// @param bits a second of all guests before
    /// @param loss of the worst link before
    void applied(Decision decision, double bits, double loss, Thresholds thresholds, long nowNs) {
        boolean reversal = decision.kind() == Decision.Kind.RETURN
                || decision.kind() == Decision.Kind.ROLLBACK
                || decision.kind() == Decision.Kind.CLOSE;
        for (Ends ends : decision.subjects()) {
            if (decision.kind() == Decision.Kind.OPEN) {
                openedNs.put(ends, nowNs);
                continue;
            }
            if (decision.kind() == Decision.Kind.CLOSE) {
                openedNs.remove(ends);
                unusedSinceNs.remove(ends);
            }
            Subject before = subjects.get(ends);
            int reversals = before == null ? 0 : reversals(before, thresholds, nowNs);
            long reversed = before == null ? nowNs : before.reversedNs();
            subjects.put(ends, new Subject(nowNs, reversals + (reversal ? 1 : 0), reversal ? nowNs : reversed));
            needlessSinceNs.remove(ends);
        }
        if (!decision.moves().isEmpty()) {
            placedNs = nowNs + thresholds.dwellNs();
            places = Map.of();
        }
        if (decision.kind().movesTraffic()) {
            streaks.clear();
            pending = decision.prediction().isPresent()
                    ? Optional.of(new Pending(decision, bits, loss, nowNs + thresholds.settleNs()))
                    : Optional.empty();
        }
        for (Decision.Step step : decision.steps()) {
            if (step instanceof Decision.Step.Ask ask) {
                asked.merge(
                        ask.node() + "/" + ask.link() + "/" + ask.quantity(),
                        new Asked(nowNs, 1),
                        (before, _) -> new Asked(nowNs, before.inVain() + 1));
            }
        }
    }

    /// What is remembered of a change that a node refused: nothing else is tried for these for a while.
    void refused(Decision decision, Thresholds thresholds, long nowNs) {
        if (!decision.moves().isEmpty()) {
            placedNs = nowNs + thresholds.mostDwellNs();
        }
        for (Ends ends : decision.subjects()) {
            Subject before = subjects.get(ends);
            subjects.put(ends, new Subject(nowNs, before == null ? 1 : before.reversals() + 1, nowNs));
            refusedNs.put(ends, nowNs);
        }
        streaks.clear();
    }
}
