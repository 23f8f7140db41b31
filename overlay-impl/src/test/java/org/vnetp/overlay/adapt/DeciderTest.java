package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.adapt.View.Pair;

/// What is decided from what, second by second, without a network.
class DeciderTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double LINE = 100e6;

    private final Thresholds thresholds = Thresholds.USUAL.withRate(LINE);
    private Memory memory = new Memory();
    private long now = 1000 * SECOND;
    private final List<Decision> made = new ArrayList<>();
    private final List<Decision> places = new ArrayList<>();
    private final List<Trial.Judged> judged = new ArrayList<>();

    /// Lets seconds pass; what is decided is done in the star.
    private void pass(int seconds, Star star, LongFunction<Map<Pair, Rate>> rates) {
        pass(seconds, star, thresholds, rates);
    }

    private void pass(int seconds, Star star, Thresholds by, LongFunction<Map<Pair, Rate>> rates) {
        for (int i = 0; i < seconds; i++) {
            Map<Pair, Rate> current = rates.apply(i);
            View view = star.view();
            Decider.Outcome outcome = Decider.decide(view, current, memory, by, now);
            memory = outcome.memory();
            outcome.judged().ifPresent(judged::add);
            Kind kind = outcome.decision().kind();
            if (kind == Kind.PLACE) {
                places.add(outcome.decision());
            } else if (kind != Kind.NONE) {
                made.add(outcome.decision());
                star.carryOut(outcome.decision());
                memory.applied(
                        outcome.decision(),
                        current.values().stream().mapToDouble(Rate::bits).sum(),
                        Decider.loss(view),
                        by,
                        now);
            }
            now += SECOND;
        }
    }

    private List<Kind> kinds() {
        return made.stream().map(Decision::kind).toList();
    }

    /// Everybody sends to everybody, long frames.
    private static Map<Pair, Rate> all(List<String> nodes, double bits) {
        Map<Pair, Rate> rates = new HashMap<>();
        for (String from : nodes) {
            for (String to : nodes) {
                if (!from.equals(to)) {
                    rates.put(Star.pair(from, to), new Rate(bits, bits / 80_000));
                }
            }
        }
        return rates;
    }

    private static Map<Pair, Rate> both(String one, String other, double bits, double frames) {
        return Map.of(Star.pair(one, other), new Rate(bits, frames), Star.pair(other, one), new Rate(bits, frames));
    }

    private static final List<String> FOUR = List.of("a", "b", "c", "d");

    @Test
    void aStarThatIsHeldUpByItsHubBecomesDirect() {
        Star star = new Star(4);
        // The hub's connection carries 9 flows of these each way, the others 3.
        pass(4, star, _ -> all(FOUR, LINE / 9));
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), kinds());
        assertEquals(Set.of(Ends.of("b", "c"), Ends.of("b", "d"), Ends.of("c", "d")), star.added());
        assertEquals(
                2.0, made.get(1).prediction().orElseThrow().gain(), 1e-6, "a third of the time: three times as fast");
        assertEquals(3, made.get(1).steps().size());
        assertTrue(
                made.get(1).why().startsWith("predicted gain 200 % (needed 20 %): from 100 % of the time (node a busy"),
                made.get(1).why());
        pass(60, star, _ -> all(FOUR, LINE / 3));
        assertEquals(2, made.size(), () -> kinds().toString());
        assertEquals(1, judged.size());
        assertEquals(2.0, judged.getFirst().gain(), 1e-6);
    }

    @Test
    void nothingAndNoiseChangeNothing() {
        Star star = new Star(4);
        pass(3600, star, _ -> Map.of());
        Random random = new Random(18);
        pass(3600, star, _ -> all(FOUR, LINE / 9 / 20 * (0.9 + 0.2 * random.nextDouble())));
        // A burst, as a program that starts makes, is no demand.
        pass(300, star, i -> i % 60 == 0 ? all(FOUR, LINE / 9) : Map.of());
        assertEquals(List.of(), kinds());
        assertEquals(Set.of(), star.added());
    }

    @Test
    void aSteadyNetStaysAsItIs() {
        Star star = new Star(4);
        Random random = new Random(4);
        pass(4, star, _ -> all(FOUR, LINE / 9));
        made.clear();
        pass(3600, star, _ -> all(FOUR, LINE / 4 * (0.9 + 0.2 * random.nextDouble())));
        assertEquals(List.of(), kinds(), "an hour of steady load");
    }

    @Test
    void whenTheDemandGoesTheShortcutsGoSlowly() {
        Star star = new Star(3);
        pass(4, star, _ -> all(List.of("a", "b", "c"), LINE / 4));
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), kinds());
        long changed = now;
        pass(200, star, _ -> Map.of());
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT, Kind.RETURN, Kind.CLOSE), kinds());
        assertTrue(now - changed > 60 * SECOND);
        assertTrue(judged.getFirst().words().contains("the traffic has gone"), judged.toString());
        assertEquals(Set.of(), star.added());
        assertTrue(memory.dwellNs(Ends.of("b", "c"), thresholds, now) >= 2 * thresholds.dwellNs());
    }

    @Test
    void twoThatWaitForEachOtherGetTheShorterWay() {
        Star star = new Star(3).rtt("a", "b", 100).rtt("a", "c", 100).rtt("b", "c", 100);
        // 4000 round trips a second of 200 us: they do nothing but wait.
        pass(5, star, _ -> both("b", "c", 2e6, 4000));
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), kinds());
        assertTrue(
                made.get(1).prediction().orElseThrow().gain() > 0.6, made.get(1).why());
    }

    @Test
    void whatDoesNotHoldItsPromiseIsTakenBackAndRemembered() {
        Star star = new Star(4);
        pass(200, star, _ -> all(FOUR, LINE / 9)); // no faster after the change: something else holds them up
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT, Kind.ROLLBACK), kinds().subList(0, 3));
        assertTrue(judged.getFirst().back());
        long shortcuts = kinds().stream().filter(kind -> kind == Kind.SHORTCUT).count();
        pass(3400, star, _ -> all(FOUR, LINE / 9));
        long later = kinds().stream().filter(kind -> kind == Kind.SHORTCUT).count();
        assertTrue(shortcuts <= 3 && later <= 9, "in an hour tried " + later + " times, each time after longer");
    }

    @Test
    void aLinkThatNeverAnswersIsNeverUsedAndTriedEverMoreSeldom() {
        Star star = new Star(3).mute("b", "c");
        pass(3600, star, _ -> both("b", "c", LINE / 2, LINE / 2 / 80_000));
        assertEquals(Set.of(Kind.OPEN, Kind.CLOSE), Set.copyOf(kinds()), "the hub carries it");
        long opened = kinds().stream().filter(kind -> kind == Kind.OPEN).count();
        assertTrue(opened <= 12, opened + " times in an hour");
    }

    @Test
    void moreLossAfterAChangeTakesItBack() {
        Star star = new Star(4);
        pass(4, star, _ -> all(FOUR, LINE / 9));
        star.loss(0.05);
        pass(10, star, _ -> all(FOUR, LINE / 3));
        assertEquals(Kind.ROLLBACK, kinds().get(2));
        assertTrue(
                made.get(2).why().startsWith("loss grew by 5.0 %"), made.get(2).why());
    }

    @Test
    void aDeadLinkIsRoutedAroundAtOnceAndReturnedToSlowly() {
        Star star = new Star(4).link("b", "c").link("b", "d").link("c", "d");
        pass(40, star, _ -> all(FOUR, LINE / 40));
        assertEquals(List.of(), kinds());
        star.unanswered("b", "c", 8);
        pass(1, star, _ -> all(FOUR, LINE / 40));
        pass(1, star, _ -> all(FOUR, LINE / 40));
        assertEquals(List.of(Kind.FAILURE), kinds());
        Decision.Step.Route route =
                (Decision.Step.Route) made.getFirst().steps().getFirst();
        assertEquals(3, route.path().size());
        star.unanswered("b", "c", 0);
        pass(20, star, _ -> all(FOUR, LINE / 40));
        assertEquals(1, made.size(), "not back yet");
        pass(60, star, _ -> all(FOUR, LINE / 40));
        assertEquals(List.of(Kind.FAILURE, Kind.RETURN), kinds());
    }

    /// Both halves of a swap happen at once: so many that they would take longer than there is time, one after the
    /// other.
    @Test
    void swapsWaitForHalfARoundTripEach() {
        Star star = new Star(3).rtt("a", "b", 20_000).rtt("a", "c", 20_000).rtt("b", "c", 20_000);
        double swaps = 1.8 / 0.040;
        pass(6, star, _ -> both("b", "c", swaps * 8000, swaps));
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), kinds());
        assertEquals(1.0, made.getLast().prediction().orElseThrow().gain(), 0.05);
    }

    /// What a controller finds when it begins may be of an outage that is over.
    @Test
    void aSilenceFromBeforeItWasSeenIsNoReason() {
        Star star = new Star(4).link("b", "c").link("b", "d").link("c", "d");
        star.unanswered("b", "c", 28);
        pass(3, star, _ -> all(FOUR, LINE / 40));
        assertEquals(List.of(), kinds());
        star.unanswered("b", "c", 34); // and goes on
        pass(1, star, _ -> all(FOUR, LINE / 40));
        assertEquals(List.of(Kind.FAILURE), kinds());
    }

    @Test
    void aLinkThatFlapsCausesOneChange() {
        Star star = new Star(4).link("b", "c").link("b", "d").link("c", "d");
        for (int i = 0; i < 600; i++) {
            star.unanswered("b", "c", i % 2 == 0 ? 20 : 0);
            pass(1, star, _ -> all(FOUR, LINE / 10));
        }
        assertEquals(List.of(Kind.FAILURE), kinds());
    }

    @Test
    void aHubWhoseLinkDiesIsReachedOverAnother() {
        Star star = new Star(4);
        pass(3, star, _ -> Map.of());
        star.unanswered("a", "b", 20);
        pass(1, star, _ -> Map.of());
        assertEquals(List.of(Kind.OPEN), kinds(), "b needs other links first");
        pass(2, star, _ -> Map.of());
        assertEquals(List.of(Kind.OPEN, Kind.FAILURE), kinds());
        for (String other : List.of("a", "c", "d")) {
            List<String> path = Paths.of(star.view(), Star.pair("b", other)).orElseThrow();
            assertTrue(!path.contains("a") || !path.get(path.indexOf("a") - 1).equals("b"), path.toString());
            assertEquals(
                    path.reversed(),
                    Paths.of(star.view(), Star.pair(other, "b")).orElseThrow());
        }
    }

    @Test
    void oneEchoLostOrALinkThatCarriesFramesIsNotDead() {
        Star star = new Star(4).link("b", "c").link("b", "d").link("c", "d");
        star.unanswered("b", "c", 4);
        pass(60, star, _ -> all(FOUR, LINE / 10));
        assertEquals(List.of(), kinds());
    }

    /// The way that was left looks empty: it is empty because it was left.
    @Test
    void ownLoadIsNoReasonToGoBack() {
        Thresholds measured = Thresholds.USUAL;
        Star star =
                new Star(3).link("b", "c").capacity("a", 1e9).capacity("b", 1e9).capacity("c", 1e9);
        star.rate("b", "c", 50e6, true).rate("c", "b", 50e6, true); // a narrow link between them
        for (String relayed : List.of("ba", "ac", "ca", "ab")) {
            star.free(relayed.substring(0, 1), relayed.substring(1), 900e6);
        }
        star.free("b", "c", 0).free("c", "b", 0);
        pass(4, star, measured, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(List.of(Kind.DETOUR), kinds());
        star.rate("b", "c", 1e3, false).rate("c", "b", 1e3, false);
        pass(500, star, measured, _ -> both("b", "c", 300e6, 300e6 / 80_000));
        assertEquals(List.of(Kind.DETOUR), kinds(), "it does not swing");
    }

    @Test
    void aDetourIsTakenOnlyWhereTheRelayHasItToSpare() {
        Thresholds measured = Thresholds.USUAL;
        Star star =
                new Star(3).link("b", "c").capacity("a", 1e9).capacity("b", 1e9).capacity("c", 1e9);
        star.rate("b", "c", 50e6, true).rate("c", "b", 50e6, true);
        pass(4, star, measured, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(List.of(Kind.ASK), kinds());
        for (String relayed : List.of("ba", "ac", "ca", "ab")) {
            star.free(relayed.substring(0, 1), relayed.substring(1), 55e6);
        }
        pass(100, star, measured, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(List.of(Kind.ASK), kinds());
    }

    /// It is asked at the first reading, all links at once, for a little more than they would carry.
    @Test
    void aLinkThatIsSeenToBeFullIsLeftTwoReadingsLater() {
        Star star = new Star(3).link("b", "c");
        star.rate("b", "c", 20e6, true).rate("c", "b", 20e6, true);
        pass(1, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        assertEquals(
                Set.of(
                        new Decision.Step.Ask("a", "b", "free of 26"),
                        new Decision.Step.Ask("a", "c", "free of 26"),
                        new Decision.Step.Ask("b", "a", "free of 26"),
                        new Decision.Step.Ask("c", "a", "free of 26"),
                        new Decision.Step.Ask("b", "c", "free of 40"),
                        new Decision.Step.Ask("c", "b", "free of 40")),
                Set.copyOf(made.getFirst().steps()));
        for (String relayed : List.of("ba", "ac", "ca", "ab")) {
            star.free(relayed.substring(0, 1), relayed.substring(1), 26e6);
        }
        star.free("b", "c", 0).free("c", "b", 0);
        pass(2, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.DETOUR), kinds());
    }

    /// What programs do looks like a full link now and then: it is not one where it has more to spare.
    @Test
    void aLinkThatOnlySeemsToBeFullIsNotLeft() {
        Star star = new Star(3).link("b", "c");
        star.rate("b", "c", 20e6, true).rate("c", "b", 20e6, true);
        pass(1, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        for (String each : List.of("ba", "ac", "ca", "ab", "bc", "cb")) {
            star.free(each.substring(0, 1), each.substring(1), 26e6);
        }
        pass(100, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        assertEquals(List.of(Kind.ASK), kinds());
        // And then it does become slower.
        star.rate("b", "c", 18e6, true).rate("c", "b", 18e6, true);
        star.free("b", "c", 0).free("c", "b", 0);
        pass(4, star, _ -> both("b", "c", 18e6, 18e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.DETOUR), kinds());
    }

    /// What links have to spare, by their names one after the other, in bits a second.
    private static final Map<String, Double> RELAYS = Map.of("ba", 50e6, "ac", 50e6, "ca", 50e6, "ab", 50e6);

    private record Told(double bits, boolean isFree, long atNs) {}

    private final Map<String, Told> told = new HashMap<>();

    /// Lets seconds pass in which links tell what they are asked, a second later.
    ///
    /// @param spare so much of it comes through, of links that are not relays'
    /// @return how many seconds passed until something else than a question was decided
    private int passAsking(int most, Star star, double spare, Map<Pair, Rate> rates) {
        for (int second = 1; second <= most; second++) {
            told.forEach((link, answer) -> {
                double age = (now - answer.atNs()) / 1e9;
                star.free(
                        link.substring(0, 1),
                        link.substring(1),
                        answer.isFree()
                                ? new View.Range(answer.bits(), answer.bits(), answer.bits(), true, age)
                                : new View.Range(answer.bits() / 2, 0, answer.bits(), false, age));
            });
            int before = made.size();
            pass(1, star, _ -> rates);
            for (Decision decision : made.subList(before, made.size())) {
                if (decision.kind() != Kind.ASK) {
                    return second;
                }
                for (Decision.Step step : decision.steps()) {
                    Decision.Step.Ask ask = (Decision.Step.Ask) step;
                    double wanted = 1e6 * Integer.parseInt(ask.what().substring("free of ".length()));
                    String link = ask.node() + ask.link();
                    told.put(link, new Told(wanted, wanted <= RELAYS.getOrDefault(link, spare), now - SECOND / 2));
                }
            }
        }
        return most + 1;
    }

    private static Star slowLink(double seen) {
        return new Star(4)
                .link("b", "c")
                .link("b", "d")
                .link("c", "d")
                .rate("b", "c", seen, true)
                .rate("c", "b", seen, true);
    }

    /// Two that wait for each other fill a link of 20 Mbit/s to 70 %, and give way to a train: one at 19 Mbit/s comes
    /// through. It is full all the same.
    @Test
    void aFullLinkThatATrainGetsThroughIsLeft() {
        Star star = slowLink(14e6);
        int seconds = passAsking(20, star, 19e6, both("b", "c", 14e6, 14e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.DETOUR), kinds());
        assertTrue(seconds <= 4, "after " + seconds + " s");
    }

    /// It had much to spare, then it became slower: what it told before says nothing of now.
    @Test
    void whatALinkToldBeforeItBecameSlowerDoesNotCount() {
        Star star = slowLink(40e6);
        assertEquals(4, passAsking(3, star, 95e6, both("b", "c", 40e6, 40e6 / 80_000)));
        assertEquals(List.of(Kind.ASK), kinds(), "it only seemed to be full");
        star.rate("b", "c", 14e6, true).rate("c", "b", 14e6, true);
        int seconds = passAsking(20, star, 19e6, both("b", "c", 14e6, 14e6 / 80_000));
        assertEquals(Kind.DETOUR, kinds().getLast());
        assertTrue(seconds <= 5, "after " + seconds + " s: " + kinds());
    }

    /// The same where it had been asked for somebody else, before it seemed to be full at all.
    @Test
    void whatALinkToldBeforeItSeemedFullDoesNotCount() {
        Star star = slowLink(14e6);
        told.put("bc", new Told(30e6, true, now - SECOND));
        told.put("cb", new Told(30e6, true, now - SECOND));
        int seconds = passAsking(20, star, 19e6, both("b", "c", 14e6, 14e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.DETOUR), kinds());
        assertTrue(seconds <= 4, "after " + seconds + " s");
    }

    /// Where nobody tells whether the link is full, it is left all the same.
    @Test
    void aLinkThatCannotBeAskedIsLeftThreeSecondsLater() {
        Star star = new Star(3).link("b", "c");
        star.rate("b", "c", 20e6, true).rate("c", "b", 20e6, true);
        for (String relayed : List.of("ba", "ac", "ca", "ab")) {
            star.free(relayed.substring(0, 1), relayed.substring(1), 26e6);
        }
        pass(3, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        assertEquals(List.of(Kind.ASK), kinds());
        pass(1, star, _ -> both("b", "c", 20e6, 20e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.DETOUR), kinds());
    }

    @Test
    void aProbeThatToldNothingIsMadeAgainAfterFiveSecondsAndThenLessAndLessOften() {
        Star star =
                new Star(3).link("b", "c").capacity("a", 1e9).capacity("b", 1e9).capacity("c", 1e9);
        star.rate("b", "c", 50e6, true).rate("c", "b", 50e6, true);
        pass(36, star, Thresholds.USUAL, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(List.of(Kind.ASK, Kind.ASK, Kind.ASK, Kind.ASK), kinds(), "at first, 5, 15 and 35 s later");
        pass(170, star, Thresholds.USUAL, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(7, made.size(), "40, 60 and 60 s later");
        for (String relayed : List.of("ba", "ac", "ca", "ab")) {
            star.free(relayed.substring(0, 1), relayed.substring(1), 900e6);
        }
        pass(4, star, Thresholds.USUAL, _ -> both("b", "c", 50e6, 50e6 / 80_000));
        assertEquals(Kind.DETOUR, kinds().getLast());
    }

    @Test
    void alternatingPhasesDoNotMakeItSwing() {
        Star star = new Star(4);
        // Ten seconds of talk, forty of silence: as long as the dwell, so each change would be reversed.
        pass(3600, star, i -> i % 50 < 10 ? all(FOUR, LINE / 9) : Map.of());
        long moves = kinds().stream().filter(Kind::movesTraffic).count();
        assertTrue(moves <= 24, moves + " changes in 72 phases: " + kinds());
    }

    @Test
    void capacityIsAskedForWhereTheDecisionNeedsIt() {
        Star star = new Star(4);
        pass(10, star, Thresholds.USUAL, _ -> all(FOUR, LINE / 9));
        assertEquals(List.of(Kind.ASK), kinds(), "once");
        star.capacity("a", LINE).capacity("b", LINE).capacity("c", LINE).capacity("d", LINE);
        pass(5, star, Thresholds.USUAL, _ -> all(FOUR, LINE / 9));
        assertEquals(List.of(Kind.ASK, Kind.OPEN, Kind.SHORTCUT), kinds());
    }

    /// Four with links to each other: a and b at one site, c and d at another, with 20 ms each way between.
    private static Star twoSites() {
        Star star = new Star(4).link("b", "c").link("b", "d").link("c", "d");
        for (String here : List.of("a", "b")) {
            for (String there : List.of("c", "d")) {
                star.rtt(here, there, 40_000);
            }
        }
        return star;
    }

    /// Each pair of letters swaps so often a second.
    private static Map<Pair, Rate> swaps(double often, String... pairs) {
        Map<Pair, Rate> rates = new HashMap<>();
        for (String pair : pairs) {
            rates.putAll(both(pair.substring(0, 1), pair.substring(1), often * 8 * 1066, often));
        }
        return rates;
    }

    /// They send 1.6 Mbit/s in all, and no capacity is known: it is their waiting that counts.
    @Test
    void pairsThatWaitOverTheLineAreAdvisedToMeetWithinFourSecondsAndNowAndThenAgain() {
        Star star = twoSites();
        pass(3, star, Thresholds.USUAL, _ -> swaps(48, "ac", "bd"));
        assertEquals(1, places.size());
        Decision place = places.getFirst();
        assertEquals(
                List.of(
                        new Decision.Step.Move(Star.guest("b"), "b", "c"),
                        new Decision.Step.Move(Star.guest("c"), "c", "b")),
                place.steps());
        assertTrue(
                place.why()
                        .startsWith(
                                "guests would be better elsewhere: predicted gain 1900 % (needed 20 %), from 192 % to"
                                        + " 0.5 % of the time"),
                place.why());
        assertEquals(
                "02:00:00:00:00:01 at a and 02:00:00:00:00:03 at c: 0.8 Mbit/s, waiting 192 % of the time, base round"
                        + " trip 40000 us; then from a to b, 100 us",
                place.inputs().getFirst());
        pass(90, star, Thresholds.USUAL, _ -> swaps(48, "ac", "bd"));
        assertEquals(19, places.size(), "three seconds after one it is looked for again, for three readings");
        assertEquals(List.of(), kinds());
    }

    /// In a star guests at c and d wait for each other over a: a link between these would do, and is on its way.
    @Test
    void guestsAreNotMovedForWhatALinkCanDo() {
        Star star = new Star(4).rtt("a", "c", 40_000).rtt("a", "d", 40_000).mute("c", "d");
        pass(8, star, _ -> swaps(12, "ab", "cd", "ac", "bd"));
        assertEquals(List.of(Kind.OPEN), kinds());
        assertEquals(List.of(), places);
    }

    @Test
    void wherePlacesAreAsGoodNothingIsAdvised() {
        Random random = new Random(6);
        Star star = twoSites().rtt("a", "b", 70).rtt("c", "d", 130).rtt("a", "c", 40_300);
        List<Map<Pair, Rate>> loads = List.of(
                swaps(48, "ab", "ac", "ad", "bc", "bd", "cd"), // all with all
                swaps(24, "ab", "bd", "dc", "ca"), // a ring
                swaps(20, "ab", "ac", "ad"), // a hub
                swaps(7000, "ab", "cd"), // together already
                swaps(0.1, "ac", "bd"), // computing
                all(FOUR, LINE / 10),
                Map.of());
        for (Map<Pair, Rate> load : loads) {
            for (Thresholds by : List.of(Thresholds.USUAL, thresholds)) {
                memory = new Memory();
                pass(300, star, by, _ -> {
                    Map<Pair, Rate> noisy = new HashMap<>();
                    load.forEach((pair, rate) -> {
                        double off = 0.9 + 0.2 * random.nextDouble();
                        noisy.put(pair, new Rate(off * rate.bits(), off * rate.frames()));
                    });
                    return noisy;
                });
                assertEquals(List.of(), places, load.toString());
            }
        }
    }

    @Test
    void theSameGivesTheSameAndMemoryIsNotTouched() {
        Star star = new Star(4);
        View view = star.view();
        Map<Pair, Rate> rates = all(FOUR, LINE / 9);
        for (int i = 0; i < 5; i++) {
            assertEquals(
                    Kind.NONE,
                    Decider.decide(view, rates, memory, thresholds, now)
                            .decision()
                            .kind(),
                    "the memory that was given has counted nothing");
        }
        assertEquals(Optional.empty(), memory.pending);
    }
}
