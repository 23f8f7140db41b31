package org.vnetp.overlay.adapt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Decision.Step;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;

/// Decides what is to be changed: from what all nodes told, what guests send, what is remembered and
/// the time, and from nothing else. Of what it could do it says the first of: around a failure at
/// once; back from what did not hold what was predicted; shortcuts; detours; back to the written
/// ways, slowly; links away that nobody uses.
final class Decider {
    /// A change is kept although it brought less than half of what was predicted, where that is more than this.
    private static final double GOOD_ENOUGH = 0.2;

    /// A link that carries so many times what it did when it was full was not full.
    private static final double MORE = 1.05;

    private static final double GONE = 0.5;
    private static final double MORE_LOSS = 0.01;
    private static final double NEEDLESS_GAIN = 0.05;
    private static final int MOST_PAIRS = 4096;

    /// A decision, what is remembered after it, and what became of an earlier one, in words.
    record Outcome(Decision decision, Memory memory, Optional<Judged> judged) {}

    /// What became of a change.
    ///
    /// @param gain  measured; NaN: cannot be told
    /// @param words for a person
    record Judged(Decision decision, double predicted, double gain, boolean back, String words) {}

    private final Thresholds thresholds;
    private final View view;
    private final Map<Pair, Rate> rates;
    private final Memory memory;
    private final long now;
    private final CostModel costs;
    private final Map<Ends, List<Pair>> pairsOf = new TreeMap<>();
    private final Map<Pair, List<String>> paths = new HashMap<>();
    private final Set<Ends> dead = new TreeSet<>();
    private final Set<Ends> alive = new TreeSet<>();

    private Decider(View view, Map<Pair, Rate> rates, Memory memory, Thresholds thresholds, long now) {
        this.view = view;
        this.rates = rates;
        this.memory = memory;
        this.thresholds = thresholds;
        this.now = now;
        this.costs = new CostModel(view, rates, memory.full, thresholds);
    }

    /// What to do now.
    ///
    /// @param now nanoseconds, of a clock that only goes on
    static Outcome decide(View view, Map<Pair, Rate> rates, Memory memory, Thresholds thresholds, long now) {
        return new Decider(view, rates, memory.copy(), thresholds, now).decide();
    }

    private Outcome decide() {
        look();
        Decision failure = aroundFailures();
        if (failure.kind() != Kind.NONE) {
            return new Outcome(failure, memory, Optional.empty());
        }
        Optional<Judged> judged = judge();
        if (judged.isPresent() && judged.get().back()) {
            return new Outcome(back(judged.get()), memory, judged);
        }
        if (memory.pending.isPresent()) {
            return new Outcome(Decision.NONE, memory, judged);
        }
        Decision next = shortcuts();
        next = next.kind() == Kind.NONE ? detours() : next;
        next = next.kind() == Kind.NONE ? returns() : next;
        next = next.kind() == Kind.NONE ? closes() : next;
        next = next.kind() == Kind.NONE ? placement() : next;
        return new Outcome(next, memory, judged);
    }

    // --- what there is ---

    private void look() {
        List<String> names = new ArrayList<>(view.nodes().keySet());
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                Ends ends = Ends.of(names.get(i), names.get(j));
                List<Pair> pairs = view.pairs(ends);
                if (pairs.size() <= MOST_PAIRS && !pairs.isEmpty() && ours(pairs)) {
                    pairsOf.put(ends, pairs);
                }
                for (Pair pair : pairs.size() <= MOST_PAIRS ? pairs : List.<Pair>of()) {
                    Paths.of(view, pair).ifPresent(path -> paths.put(pair, path));
                }
            }
        }
        for (Ends ends : view.edges()) {
            if (isDead(ends)) {
                dead.add(ends);
                memory.aliveSinceNs.remove(ends);
                memory.diedNs.put(ends, now);
            } else if (answers(ends)) {
                alive.add(ends);
                memory.aliveSinceNs.putIfAbsent(ends, now);
            }
        }
        memory.aliveSinceNs.keySet().retainAll(view.edges());
        for (Node node : view.nodes().values()) {
            for (View.Link link : node.links().values()) {
                String key = node.name() + "/" + link.name();
                memory.framesIn.put(key, link.framesIn());
                Memory.Full before = memory.full.get(key);
                boolean more = before != null
                        && link.rateOut().known()
                        && link.rateOut().value() > before.bits() * MORE;
                if (CostModel.isFull(link, thresholds)) {
                    memory.full.put(key, new Memory.Full(link.rateOut().value(), now));
                } else if (before != null && (more || now - before.seenNs() > thresholds.mostDwellNs())) {
                    memory.full.remove(key);
                }
            }
        }
    }

    /// Whether no written rule is for exactly these pairs; such a one stays what it is.
    private boolean ours(List<Pair> pairs) {
        for (Node node : view.nodes().values()) {
            for (View.Rule rule : node.rules()) {
                Pair pair = new Pair(rule.source(), rule.destination());
                if (rule.isExact()
                        && pairs.contains(pair)
                        && !node.owned().pairs().contains(pair)) {
                    return false;
                }
            }
        }
        return true;
    }

    private View.Link link(String from, String to) {
        return view.node(from).to(to).orElseThrow();
    }

    private boolean isDead(Ends ends) {
        View.Link one = link(ends.a(), ends.b());
        View.Link other = link(ends.b(), ends.a());
        if (!one.up() || !other.up()) {
            return true;
        }
        boolean quiet = isQuiet(ends.a(), one) && isQuiet(ends.b(), other);
        int limit = quiet ? thresholds.deadEchoes() : thresholds.busyEchoes();
        return one.answers() && one.unanswered() >= limit || other.answers() && other.unanswered() >= limit;
    }

    private boolean isQuiet(String node, View.Link link) {
        Long before = memory.framesIn.get(node + "/" + link.name());
        return before != null && before == link.framesIn();
    }

    private boolean answers(Ends ends) {
        View.Link one = link(ends.a(), ends.b());
        View.Link other = link(ends.b(), ends.a());
        return one.answers()
                && other.answers()
                && one.unanswered() < thresholds.deadEchoes()
                && other.unanswered() < thresholds.deadEchoes();
    }

    /// The longest way between two nodes' guests, from the first of the two on; null where rules lead nowhere.
    private List<String> pathOf(Ends ends) {
        List<String> longest = null;
        for (Pair pair : pairsOf.get(ends)) {
            List<String> path = paths.get(pair);
            if (path == null) {
                return null;
            }
            if (longest == null || path.size() > longest.size()) {
                longest = path.getFirst().equals(ends.a()) ? path : path.reversed();
            }
        }
        return longest;
    }

    /// Whether a link answers, and has done so for long enough if it has ever been dead.
    private boolean isTrusted(Ends ends) {
        return alive.contains(ends)
                && (!memory.diedNs.containsKey(ends)
                        || now - memory.aliveSinceNs.getOrDefault(ends, now) >= memory.dwellNs(ends, thresholds, now));
    }

    /// What leads two nodes' guests over a path: rules, or none where it is the written one.
    private Step lead(Ends ends, List<String> path) {
        View written = view.written();
        boolean asWritten = pairsOf.get(ends).stream().allMatch(pair -> {
            List<String> way = Paths.of(written, pair).orElse(List.of());
            return way.equals(path) || way.reversed().equals(path);
        });
        return asWritten ? new Step.Unroute(ends, pairsOf.get(ends)) : new Step.Route(ends, path, pairsOf.get(ends));
    }

    private boolean isBroken(Pair pair) {
        List<String> path = paths.get(pair);
        return path != null && !Paths.all(path, ends -> !dead.contains(ends));
    }

    private double loss() {
        double worst = 0;
        for (Node node : view.nodes().values()) {
            for (View.Link link : node.links().values()) {
                worst = Math.max(worst, link.lossOut());
            }
        }
        return worst;
    }

    /// For the controller, which tells memory what was done.
    static double loss(View view) {
        return new Decider(view, Map.of(), new Memory(), Thresholds.USUAL, 0).loss();
    }

    private boolean canOpen(Ends ends) {
        Node a = view.node(ends.a());
        Node b = view.node(ends.b());
        return !a.listen().isEmpty()
                && !b.listen().isEmpty()
                && !a.learns()
                && !b.learns()
                && a.to(ends.b()).isEmpty()
                && b.to(ends.a()).isEmpty()
                && isPlain(a)
                && isPlain(b)
                && !memory.openedNs.containsKey(ends)
                && !memory.dwells(ends, thresholds, now);
    }

    /// A node with sealed links gets no plain one, and for a sealed one keys are wanted that only its operator has.
    private static boolean isPlain(Node node) {
        return node.links().values().stream().noneMatch(View.Link::sealed);
    }

    // --- failures ---

    private Decision aroundFailures() {
        List<Step> steps = new ArrayList<>();
        List<Step> opens = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (Map.Entry<Ends, List<Pair>> each : pairsOf.entrySet()) {
            Ends ends = each.getKey();
            boolean lately =
                    now - memory.refusedNs.getOrDefault(ends, now - thresholds.patienceNs()) < thresholds.patienceNs();
            if (lately || each.getValue().stream().noneMatch(this::isBroken)) {
                continue;
            }
            Optional<List<String>> way = Paths.quickest(view, ends.a(), ends.b(), alive::contains);
            if (way.isPresent()) {
                steps.add(new Step.Route(ends, way.get(), each.getValue()));
                candidates.add(ends + ": by " + String.join(" > ", way.get()) + ", base round trip "
                        + Said.micros(costs.rttNs(way.get())));
            } else if (canOpen(ends)) {
                opens.add(new Step.Open(ends));
                candidates.add(ends + ": no other way over links that answer; a link of their own may be one");
            } else {
                candidates.add(ends + ": no other way over links that answer");
            }
        }
        List<String> inputs = new ArrayList<>();
        for (Ends ends : dead) {
            View.Link link = link(ends.a(), ends.b());
            inputs.add("link " + ends + ": "
                    + (link.up() && link(ends.b(), ends.a()).up()
                            ? Math.max(
                                            link.unanswered(),
                                            link(ends.b(), ends.a()).unanswered())
                                    + " echoes in a row without an answer"
                            : "down"));
        }
        if (!steps.isEmpty()) {
            return new Decision(
                    Kind.FAILURE,
                    steps,
                    "the link " + dead + " does not answer; what went over it goes another way",
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        if (!opens.isEmpty()) {
            return new Decision(
                    Kind.OPEN,
                    opens,
                    "the link " + dead + " does not answer, and there is no other way yet",
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        return Decision.NONE;
    }

    // --- what became of the last change ---

    private Optional<Judged> judge() {
        if (memory.pending.isEmpty() || now < memory.pending.get().dueNs()) {
            return Optional.empty();
        }
        Memory.Pending pending = memory.pending.get();
        memory.pending = Optional.empty();
        double predicted = pending.decision().prediction().orElseThrow().gain();
        double gain = costs.bits() / pending.before() - 1;
        double lossGrew = loss() - pending.lossBefore();
        String rates = Said.rate(pending.before()) + " before, " + Said.rate(costs.bits()) + " after";
        if (lossGrew > MORE_LOSS) {
            return Optional.of(new Judged(
                    pending.decision(),
                    predicted,
                    gain,
                    true,
                    "loss grew by " + Said.percent(lossGrew) + " (" + rates + "): taken back"));
        }
        if (costs.bits() < GONE * pending.before()) {
            return Optional.of(new Judged(
                    pending.decision(),
                    predicted,
                    Double.NaN,
                    false,
                    "cannot be told, the traffic has gone: " + rates));
        }
        boolean back = gain < predicted / 2 && gain < GOOD_ENOUGH;
        return Optional.of(new Judged(
                pending.decision(),
                predicted,
                gain,
                back,
                "gained " + Said.percent(gain) + " where " + Said.percent(predicted) + " was predicted (" + rates + ")"
                        + (back ? ": taken back" : gain < predicted / 2 ? ": kept, as it is a gain" : "")));
    }

    private Decision back(Judged judged) {
        List<Step> steps = new ArrayList<>();
        for (Ends ends : judged.decision().subjects()) {
            if (pairsOf.containsKey(ends)) {
                steps.add(new Step.Unroute(ends, pairsOf.get(ends)));
            }
        }
        return steps.isEmpty()
                ? Decision.NONE
                : new Decision(Kind.ROLLBACK, steps, judged.words(), Optional.empty(), List.of(), List.of());
    }

    // --- shortcuts ---

    private Decision shortcuts() {
        List<Ends> relayed = new ArrayList<>();
        List<String> inputs = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (Ends ends : pairsOf.keySet()) {
            List<String> path = pathOf(ends);
            if (path == null || path.size() < 3 || !matters(ends) || dead.contains(ends)) {
                continue;
            }
            if (memory.dwells(ends, thresholds, now)) {
                candidates.add(
                        ends + ": changed less than " + Said.seconds(memory.dwellNs(ends, thresholds, now)) + " ago");
                continue;
            }
            if (!view.edges().contains(ends) && !canOpen(ends) && !memory.openedNs.containsKey(ends)) {
                candidates.add(ends + ": no link there, and none can be added");
                continue;
            }
            inputs.add(ends + " by " + String.join(" > ", path) + ": " + Said.rate(costs.bits(ends))
                    + ", base round trip " + Said.micros(costs.rttNs(path)));
            relayed.add(ends);
        }
        CostModel.Load before = costs.load(paths::get);
        CostModel.Prediction whole = new CostModel.Prediction(before, costs.load(direct(relayed)));
        boolean unsure = !before.unknown().isEmpty() && !relayed.isEmpty();
        int streak = memory.streak("shortcuts", !relayed.isEmpty() && (unsure || whole.isWorth(thresholds)));
        if (streak < thresholds.readings() - 1) {
            return Decision.NONE;
        }
        if (unsure && !whole.isWorth(thresholds)) {
            return ask(
                    before.unknown(),
                    "capacity",
                    "how busy " + before.unknown() + " is can only be told when it is"
                            + " known what its connection carries");
        }
        List<Step> opens = new ArrayList<>();
        List<Ends> ready = new ArrayList<>();
        boolean waits = false;
        for (Ends ends : relayed) {
            if (!view.edges().contains(ends)) {
                if (canOpen(ends)) {
                    opens.add(new Step.Open(ends));
                }
            } else if (isTrusted(ends) && view.baseRtt(ends).known()) {
                ready.add(ends);
                candidates.add(ends + " direct: base round trip "
                        + Said.micros(view.baseRtt(ends).value()));
            } else {
                waits |= now - memory.openedNs.getOrDefault(ends, now) < thresholds.patienceNs();
            }
        }
        if (!opens.isEmpty()) {
            return new Decision(
                    Kind.OPEN,
                    opens,
                    "links are added to be measured before they are used; " + whole.words(thresholds),
                    Optional.empty(),
                    inputs,
                    candidates);
        }
        CostModel.Prediction some = new CostModel.Prediction(before, costs.load(direct(ready)));
        if (streak < thresholds.readings() || waits || !some.isWorth(thresholds)) {
            return Decision.NONE;
        }
        List<Step> steps = new ArrayList<>();
        ready.forEach(ends -> steps.add(lead(ends, List.of(ends.a(), ends.b()))));
        return new Decision(Kind.SHORTCUT, steps, some.words(thresholds), Optional.of(some), inputs, candidates);
    }

    /// Whether two nodes exchange enough that their way can hold somebody up.
    private boolean matters(Ends ends) {
        if (costs.bits(ends) >= thresholds.floorBits()) {
            return true;
        }
        return pairsOf.get(ends).stream()
                .anyMatch(pair -> costs.waiting(pair, paths::get) >= thresholds.waitingShare());
    }

    private java.util.function.Function<Pair, List<String>> direct(List<Ends> some) {
        Map<Pair, List<String>> changed = new HashMap<>(paths);
        for (Ends ends : some) {
            change(changed, ends, List.of(ends.a(), ends.b()));
        }
        return changed::get;
    }

    private void change(Map<Pair, List<String>> all, Ends ends, List<String> path) {
        for (Pair pair : pairsOf.get(ends)) {
            all.put(pair, view.home(pair.source()).orElse("").equals(path.getFirst()) ? path : path.reversed());
        }
    }

    private Decision ask(String node, String what, String why) {
        for (View.Link link : view.node(node).links().values()) {
            String key = node + "/" + link.name() + "/" + what;
            if (view.nodes().containsKey(link.peer()) && link.answers()) {
                boolean lately =
                        now - memory.askedNs.getOrDefault(key, now - thresholds.askAgainNs()) < thresholds.askAgainNs();
                return lately
                        ? Decision.NONE
                        : new Decision(
                                Kind.ASK,
                                List.of(new Step.Ask(node, link.name(), what)),
                                why,
                                Optional.empty(),
                                List.of(),
                                List.of());
            }
        }
        return Decision.NONE;
    }

    // --- detours ---

    private Decision detours() {
        CostModel.Load before = costs.load(paths::get);
        for (Ends ends : pairsOf.keySet()) {
            List<String> path = pathOf(ends);
            if (path == null || !matters(ends) || memory.dwells(ends, thresholds, now)) {
                memory.streak("detour " + ends, false);
                continue;
            }
            CostModel.Prediction best = null;
            List<String> bestWay = null;
            List<String> candidates = new ArrayList<>();
            for (List<String> way : ways(ends, path)) {
                Map<Pair, List<String>> changed = new HashMap<>(paths);
                change(changed, ends, way);
                CostModel.Prediction each = new CostModel.Prediction(before, costs.load(changed::get));
                candidates.add(String.join(" > ", way) + ": base round trip " + Said.micros(costs.rttNs(way)) + ", "
                        + each.words(thresholds));
                if (best == null || each.gain() > best.gain()) {
                    best = each;
                    bestWay = way;
                }
            }
            int streak = memory.streak("detour " + ends, best != null && best.isWorth(thresholds));
            if (streak < thresholds.readings()) {
                continue;
            }
            if (best.before().busy() > best.after().busy() + 1e-9) {
                Optional<Decision> question = freeEnough(ends, bestWay);
                if (question.isPresent()) {
                    return question.get();
                }
            }
            return new Decision(
                    Kind.DETOUR,
                    List.of(lead(ends, bestWay)),
                    ends + ": " + best.words(thresholds),
                    Optional.of(best),
                    List.of(ends + " by " + String.join(" > ", path) + ": " + Said.rate(costs.bits(ends))
                            + ", base round trip " + Said.micros(costs.rttNs(path))),
                    candidates);
        }
        return Decision.NONE;
    }

    /// The ways over links that answer: direct, and by one relay each.
    private List<List<String>> ways(Ends ends, List<String> now) {
        List<List<String>> all = new ArrayList<>();
        if (isTrusted(ends)) {
            all.add(List.of(ends.a(), ends.b()));
        }
        for (String relay : view.nodes().keySet()) {
            if (!relay.equals(ends.a())
                    && !relay.equals(ends.b())
                    && isTrusted(Ends.of(ends.a(), relay))
                    && isTrusted(Ends.of(relay, ends.b()))) {
                all.add(List.of(ends.a(), relay, ends.b()));
            }
        }
        all.removeIf(way -> way.equals(now) || way.reversed().equals(now) || costs.rttNs(way) == 0);
        return all;
    }

    /// What a way is to carry it must have to spare: that is asked for, unless it is known.
    ///
    /// @return what to do instead of taking the way; empty: it can be taken
    private Optional<Decision> freeEnough(Ends ends, List<String> way) {
        double most = 0;
        for (Pair pair : pairsOf.get(ends)) {
            most = Math.max(most, rates.getOrDefault(pair, Rate.NONE).bits());
        }
        for (List<String> each : List.of(way, way.reversed())) {
            for (int i = 0; i + 1 < each.size(); i++) {
                View.Link link = link(each.get(i), each.get(i + 1));
                View.Range free = link.free();
                if (!free.known() || free.ageS() * 1e9 > thresholds.askAgainNs()) {
                    String key = each.get(i) + "/" + link.name() + "/free";
                    boolean lately = now - memory.askedNs.getOrDefault(key, now - thresholds.askAgainNs())
                            < thresholds.askAgainNs();
                    return Optional.of(
                            lately
                                    ? Decision.NONE
                                    : new Decision(
                                            Kind.ASK,
                                            List.of(new Step.Ask(each.get(i), link.name(), "free")),
                                            "whether " + String.join(" > ", way) + " can carry what " + ends
                                                    + " exchanges",
                                            Optional.empty(),
                                            List.of(),
                                            List.of()));
                }
                if (free.low() < most * (1 + thresholds.gain())) {
                    return Optional.of(Decision.NONE);
                }
            }
        }
        return Optional.empty();
    }

    // --- back ---

    private Decision returns() {
        View written = view.written();
        for (Map.Entry<Ends, List<Pair>> each : pairsOf.entrySet()) {
            Ends ends = each.getKey();
            if (!isAdapted(ends)) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            memory.subjects.putIfAbsent(ends, new Memory.Subject(now, 0, now));
            Map<Pair, List<String>> without = new HashMap<>(paths);
            boolean whole = true;
            for (Pair pair : each.getValue()) {
                Optional<List<String>> path = Paths.of(written, pair);
                whole &= path.isPresent();
                path.ifPresent(p -> without.put(pair, p));
            }
            long dwell = memory.dwellNs(ends, thresholds, now);
            if (!whole || !each.getValue().stream().allMatch(pair -> aliveFor(without.get(pair), dwell))) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            CostModel.Prediction keeping = new CostModel.Prediction(costs.load(without::get), costs.load(paths::get));
            if (keeping.gain() >= NEEDLESS_GAIN) {
                memory.needlessSinceNs.remove(ends);
                continue;
            }
            long since = memory.needlessSinceNs.computeIfAbsent(ends, _ -> now);
            if (now - since >= dwell && !memory.dwells(ends, thresholds, now)) {
                return new Decision(
                        Kind.RETURN,
                        List.of(new Step.Unroute(ends, each.getValue())),
                        ends + ": for " + Said.seconds(now - since)
                                + " the written way, which answers, would have done as" + " well: "
                                + keeping.words(thresholds),
                        Optional.empty(),
                        List.of(),
                        List.of());
            }
        }
        return Decision.NONE;
    }

    private boolean isAdapted(Ends ends) {
        for (Pair pair : pairsOf.get(ends)) {
            for (Node node : view.nodes().values()) {
                if (node.owned().pairs().contains(pair)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean aliveFor(List<String> path, long ns) {
        return Paths.all(path, ends -> alive.contains(ends) && now - memory.aliveSinceNs.getOrDefault(ends, now) >= ns);
    }

    // --- places ---

    /// Says where guests would be better, where that is worth as much as a change must be.
    private Decision placement() {
        if (costs.bits() < thresholds.floorBits() || now - memory.placedNs < thresholds.settleNs()) {
            return Decision.NONE;
        }
        memory.placedNs = now;
        Optional<Placement.Best> best = Placement.of(view, costs, rates);
        double saved = best.map(found ->
                        found.before() <= 1 ? found.before() - found.after() : 1 - found.after() / found.before())
                .orElse(0.0);
        double gain = 1 / (1 - Math.min(saved, 0.95)) - 1;
        boolean worth = saved >= thresholds.savedShare() && gain >= thresholds.gain();
        if (memory.streak("placement", worth) < thresholds.readings()) {
            return Decision.NONE;
        }
        List<Step> steps = new ArrayList<>();
        best.orElseThrow().homes().forEach((guest, node) -> {
            String from = view.home(guest).orElse("");
            if (!from.equals(node)) {
                steps.add(new Step.Move(guest, from, node));
            }
        });
        steps.sort(java.util.Comparator.comparing(Step::toString));
        return new Decision(
                Kind.PLACE,
                steps,
                "guests would be better elsewhere: predicted gain " + Said.percent(gain) + ", from "
                        + Said.percent(best.get().before()) + " to "
                        + Said.percent(best.get().after()) + " of the time",
                Optional.empty(),
                List.of(),
                List.of());
    }

    // --- links that nobody uses ---

    private Decision closes() {
        Set<Ends> owned = new TreeSet<>();
        for (Node node : view.nodes().values()) {
            for (String name : node.owned().links()) {
                View.Link link = node.links().get(name);
                if (link != null && view.nodes().containsKey(link.peer())) {
                    owned.add(Ends.of(node.name(), link.peer()));
                }
            }
        }
        memory.unusedSinceNs.keySet().retainAll(owned);
        for (Ends ends : owned) {
            boolean used = isUsed(ends.a(), ends.b()) || isUsed(ends.b(), ends.a());
            if (used) {
                memory.unusedSinceNs.remove(ends);
                continue;
            }
            long since = memory.unusedSinceNs.computeIfAbsent(ends, _ -> now);
            if (now - since >= thresholds.dwellNs()) {
                return new Decision(
                        Kind.CLOSE,
                        List.of(new Step.Close(ends)),
                        ends + ": no rule has used the added link for " + Said.seconds(now - since),
                        Optional.empty(),
                        List.of(),
                        List.of());
            }
        }
        return Decision.NONE;
    }

    private boolean isUsed(String from, String to) {
        Node node = view.node(from);
        return node.to(to)
                .filter(link -> node.rules().stream()
                        .anyMatch(rule -> rule.to().equals("edge " + link.name())
                                || rule.from().equals("edge " + link.name())))
                .isPresent();
    }
}
