package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Link;
import org.vnetp.overlay.adapt.View.Node;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.adapt.View.Range;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.RateEstimator;

/// An hour in which nothing but the measurements' noise changes, second by second and without a
/// network: nothing may be changed, or advised. What is measured wavers as on a machine that
/// others use too.
class SteadyTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int HOUR = 3600;
    private static final double LINE = 100e6;
    private static final List<String> FOUR = List.of("a", "b", "c", "d");

    private final List<Decision> made = new ArrayList<>();

    private static final double FALSELY_FULL = 0.05;
    private static final double SOMETHING_WAITS = 0.2;

    /// What a link was asked for last, whether it has that, and when.
    private record Answer(double bits, boolean isFree, long atNs) {}

    private final Map<String, Answer> answers = new HashMap<>();

    private final Map<String, RateEstimator> estimators = new HashMap<>();
    private final Map<String, Long> bytes = new HashMap<>();

    /// Each value off by what real ones are: rates 10 %, base delays 20 %, capacities 10 % with an
    /// interval of that, now and then an echo or two lost, a link that seems full by a queue that was
    /// the machine's, and some loss. What is free is known where it was asked for.
    private View noisy(View view, Random random, double bits, long now) {
        Map<String, Node> nodes = new HashMap<>();
        view.nodes().forEach((name, node) -> {
            Map<String, Link> links = new HashMap<>();
            node.links().forEach((linkName, link) -> {
                double busy = name.equals("a") || node.links().size() > 1 ? bits : (FOUR.size() - 1) * bits;
                links.put(
                        linkName,
                        new Link(
                                link.name(),
                                link.peer(),
                                true,
                                now / 1_000_000_000L,
                                random.nextInt(20) == 0 ? 1 + random.nextInt(2) : 0,
                                true,
                                Range.exactly(link.baseRttNs().value() * off(random, 0.2)),
                                around(LINE * off(random, 0.1), 0.1),
                                free(name + "/" + linkName, now),
                                carried(name + "/" + linkName, busy * off(random, 0.1), random, now),
                                random.nextInt(30) == 0 ? 0.005 * random.nextDouble() : 0,
                                link.framesIn(),
                                link.statement(),
                                link.sealed()));
            });
            nodes.put(
                    name,
                    new Node(
                            name,
                            node.listen(),
                            node.guests(),
                            links,
                            node.rules(),
                            node.learns(),
                            node.learned(),
                            node.owned()));
        });
        return new View(nodes);
    }

    private Range carried(String link, double bits, Random random, long now) {
        RateEstimator estimator = estimators.computeIfAbsent(link, _ -> new RateEstimator());
        long sent = bytes.merge(link, Math.round(bits / 8), Long::sum);
        estimator.add(now, sent, random.nextDouble() < FALSELY_FULL, random.nextDouble() < SOMETHING_WAITS);
        Estimate rate = estimator.rate(now);
        return rate.known()
                ? new Range(rate.value(), rate.value(), rate.value(), rate.atLeast(), rate.ageNs() / 1e9)
                : Range.UNKNOWN;
    }

    private Range free(String link, long now) {
        Answer answer = answers.get(link);
        if (answer == null) {
            return Range.UNKNOWN;
        }
        double age = (now - answer.atNs()) / 1e9;
        return answer.isFree()
                ? new Range(answer.bits(), answer.bits(), answer.bits(), true, age)
                : new Range(answer.bits() / 2, 0, answer.bits(), false, age);
    }

    /// @param bits that each pair sends
    private void answer(Decision decision, double bits, Random random, long now) {
        for (Decision.Step step : decision.steps()) {
            if (step instanceof Decision.Step.Ask ask && ask.what().startsWith("free of ")) {
                double wanted = 1e6 * Integer.parseInt(ask.what().substring("free of ".length()));
                boolean isFree = wanted < (LINE - 3 * bits) * off(random, 0.1);
                answers.put(ask.node() + "/" + ask.link(), new Answer(wanted, isFree, now));
            }
        }
    }

    private static double off(Random random, double share) {
        return 1 - share + 2 * share * random.nextDouble();
    }

    private static Range around(double value, double share) {
        return new Range(value, value * (1 - share), value * (1 + share), false, 1);
    }

    private static Map<Pair, Rate> load(Random random, double bits, double bitsAFrame) {
        Map<Pair, Rate> rates = new HashMap<>();
        for (String from : FOUR) {
            for (String to : FOUR) {
                if (!from.equals(to)) {
                    double each = bits * off(random, 0.1);
                    rates.put(Star.pair(from, to), new Rate(each, each / bitsAFrame));
                }
            }
        }
        return rates;
    }

    private void hour(Star star, int seed, double bits, double bitsAFrame) {
        Random random = new Random(seed);
        Thresholds thresholds = Thresholds.USUAL.withRate(LINE);
        Memory memory = new Memory();
        long now = 1000 * SECOND;
        for (int i = 0; i < HOUR; i++) {
            View view = noisy(star.view(), random, bits, now);
            Map<Pair, Rate> rates = load(random, bits, bitsAFrame);
            Decider.Outcome outcome = Decider.decide(view, rates, memory, thresholds, now);
            memory = outcome.memory();
            Decision decision = outcome.decision();
            if (decision.kind() != Kind.NONE) {
                made.add(decision);
                star.carryOut(decision);
                answer(decision, bits, random, now);
                memory.applied(
                        decision,
                        rates.values().stream().mapToDouble(Rate::bits).sum(),
                        Decider.loss(view),
                        thresholds,
                        now);
            }
            now += SECOND;
        }
    }

    private List<Kind> kinds() {
        // A link that is asked something is measured, not changed.
        return made.stream()
                .map(Decision::kind)
                .filter(kind -> kind != Kind.ASK)
                .toList();
    }

    private static Star mesh() {
        return new Star(4).link("b", "c").link("b", "d").link("c", "d");
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 19, 20, 21})
    void aMeshUnderSteadyLoadStaysAsItIs(int seed) {
        hour(mesh(), seed, LINE / 4, 80_000);
        assertEquals(List.of(), kinds(), () -> made.getFirst().why());
        hour(mesh(), seed, LINE / 7, 80_000); // more than the least that is looked at
        assertEquals(List.of(), kinds(), () -> made.getFirst().why());
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 19, 20, 21})
    void aMeshWhoseGuestsWaitForEachOtherStaysAsItIs(int seed) {
        hour(mesh(), seed, 2e6, 1000); // 2000 round trips of 100 us a second
        assertEquals(List.of(), kinds(), () -> made.getFirst().why());
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 19, 20, 21})
    void aStarBelowTheThresholdStaysAStar(int seed) {
        hour(new Star(4), seed, LINE / 9 / 8, 80_000); // the hub is busy for an eighth of the time
        assertEquals(List.of(), kinds(), () -> made.getFirst().why());
    }

    /// The same that is worth a change is not missed: what wavers so much hides no demand.
    @ParameterizedTest
    @ValueSource(ints = {18, 19})
    void aStarThatIsHeldUpIsSeenThroughTheNoise(int seed) {
        hour(new Star(4), seed, LINE / 9, 80_000);
        assertNotEquals(List.of(), kinds());
        assertEquals(Kind.OPEN, kinds().getFirst());
        assertEquals(Ends.of("b", "c"), made.getFirst().subjects().getFirst());
    }
}
