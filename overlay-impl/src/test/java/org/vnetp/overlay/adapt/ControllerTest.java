package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.View.Pair;
import org.vnetp.overlay.control.ControlledNode;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.Quantity;

/// Controllers that lead nodes with real statements and configurations, without a network.
class ControllerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final double LINE = 100e6;
    /// So many until the star is direct.
    private static final int TURNS = 5;

    private static final List<String> NAMES = List.of("a", "b", "c", "d");

    /// Ends a controller where it stands.
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// A star of four over a; statements can be counted, watched, and end the controller.
    private static final class Four implements Nodes {
        final Map<String, ControlledNode> nodes = new LinkedHashMap<>();
        final List<String> changes = new ArrayList<>();
        int crashAfter = Integer.MAX_VALUE;
        boolean watched;
        String away = "";
        String lie = "";

        Four() throws Exception {
            for (int i = 0; i < NAMES.size(); i++) {
                ControlledNode node = new ControlledNode();
                List<String> lines = new ArrayList<>(
                        List.of("node " + NAMES.get(i), "listen 10.0.0." + (i + 1) + ":4789", "nic vnet0 memory"));
                lines.set(2, "nic vnet0 tap mac " + Star.guest(NAMES.get(i)) + " netns x");
                for (int j = 0; j < NAMES.size(); j++) {
                    if (j != i && (i == 0 || j == 0)) {
                        lines.add("link add to-" + NAMES.get(j) + " 10.0.0." + (j + 1) + ":4789");
                    }
                }
                for (int j = 0; j < NAMES.size(); j++) {
                    String way = j == i ? "interface vnet0" : "edge to-" + (i == 0 ? NAMES.get(j) : "a");
                    lines.add("route add any " + Star.guest(NAMES.get(j)) + " " + way + " any");
                }
                node.say(lines);
                for (String peer : NAMES) {
                    answers(node, "to-" + peer, 0);
                    answers(node, "adapt-" + peer, 0);
                }
                nodes.put(NAMES.get(i), node);
            }
        }

        static void answers(ControlledNode node, String link, int unanswered) {
            node.measured(
                    link,
                    unanswered,
                    Map.of(Quantity.BASE_RTT, Estimate.of(100_000, 100_000, 101_000, 20, SECOND, SECOND)));
        }

        @Override
        public List<String> keys() {
            return List.copyOf(nodes.keySet());
        }

        @Override
        public List<String> say(String key, List<String> statements) throws IOException, StatementException {
            if (key.equals(away)) {
                throw new IOException("away");
            }
            boolean question = statements.getFirst().startsWith("show ");
            if (!question) {
                for (String statement : statements) {
                    if (!statement.startsWith("adapt lease") && !statement.equals("measure on")) {
                        changes.add(key + ": " + statement);
                    }
                    if (crashAfter-- <= 0) {
                        // What was begun over this connection is forgotten with it.
                        throw new Crash();
                    }
                }
            }
            List<String> answers = new ArrayList<>(nodes.get(key).say(statements));
            if (watched && !question) {
                everyPairHasAWay();
            }
            if (key.equals("b") && !lie.isEmpty() && question && statements.size() > 1) {
                answers.set(4, answers.get(4).replaceAll("\"base_rtt\":\\{\"value\":[^,]*", lie));
            }
            return answers;
        }

        View view() throws Exception {
            ViewReader reader = new ViewReader();
            for (ControlledNode node : nodes.values()) {
                reader.add(node.say(ViewReader.QUESTIONS));
            }
            return reader.read().view();
        }

        void everyPairHasAWay() {
            try {
                View view = view();
                for (String from : NAMES) {
                    for (String to : NAMES) {
                        if (!from.equals(to)) {
                            assertTrue(
                                    Paths.of(view, Star.pair(from, to)).isPresent(),
                                    () -> from + " to " + to + " after " + changes.getLast());
                        }
                    }
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        List<String> written() throws Exception {
            List<String> all = new ArrayList<>();
            for (ControlledNode node : nodes.values()) {
                all.add(node.routes() + node.links());
            }
            return all;
        }

        /// What guests sent in a second, each to each.
        void talk(double bits) {
            for (String from : NAMES) {
                for (String to : NAMES) {
                    if (!from.equals(to)) {
                        for (ControlledNode node : List.of(nodes.get(from), nodes.get(to))) {
                            node.count(
                                    Star.guest(from), Star.guest(to), Math.round(bits / 80_000), Math.round(bits / 8));
                        }
                    }
                }
            }
        }
    }

    private final StringWriter said = new StringWriter();
    private final StringWriter complaints = new StringWriter();
    private final StringWriter file = new StringWriter();
    private long now = 1000 * SECOND;

    private Controller controller(Nodes nodes, Controller.Mode mode, String holder) {
        return controller(nodes, mode, holder, Optional.empty());
    }

    private Controller controller(Nodes nodes, Controller.Mode mode, String holder, Optional<Mover> mover) {
        return new Controller(
                nodes,
                mode,
                holder,
                60 * SECOND,
                Thresholds.USUAL.withRate(LINE),
                () -> now,
                new DecisionLog(
                        new PrintWriter(said), new PrintWriter(complaints), file, () -> Instant.ofEpochSecond(1)),
                mover);
    }

    private List<Kind> run(Controller controller, Four nodes, int seconds, double bits) throws Exception {
        List<Kind> kinds = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            nodes.talk(bits);
            now += SECOND;
            Kind kind = controller.turn().kind();
            if (kind != Kind.NONE) {
                kinds.add(kind);
            }
        }
        return kinds;
    }

    @Test
    void aStarBecomesDirectAndOffRestoresIt() throws Exception {
        Four nodes = new Four();
        nodes.watched = true;
        final List<String> written = nodes.written();
        Controller controller = controller(nodes, Controller.Mode.ON, "x");
        controller.begin();
        assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), run(controller, nodes, 6, LINE / 9));
        for (String from : NAMES) {
            for (String to : NAMES) {
                if (!from.equals(to)) {
                    assertEquals(
                            List.of(from, to),
                            Paths.of(nodes.view(), Star.pair(from, to)).orElseThrow());
                }
            }
        }
        for (String statement : nodes.changes) {
            assertFalse(statement.contains("any any"), "broadcast stays where it was: " + statement);
        }
        String shown = nodes.nodes.get("b").say(List.of("show adaptation")).getFirst();
        assertTrue(shown.contains(" ago: shortcut [b-c, b-d, c-d]: predicted gain 200 % (needed 20 %)"), shown);
        assertEquals(List.of(), run(controller, nodes, 20, LINE / 3));
        String log = file.toString();
        assertTrue(log.contains("\"event\":\"applied\",\"kind\":\"shortcut\",\"subjects\":\"[b-c, b-d, c-d]\""), log);
        assertTrue(log.contains("\"event\":\"outcome\",\"kind\":\"shortcut\""), log);
        assertTrue(said.toString().contains("outcome of shortcut [b-c, b-d, c-d]: gained 200 %"), said.toString());
        controller.end();
        assertEquals("", nodes.nodes.get("a").adaptation().holder());
        assertEquals(List.of(), Controller.off(nodes));
        assertEquals(written, nodes.written());
    }

    @Test
    void adviceChangesNothing() throws Exception {
        Four nodes = new Four();
        final List<String> written = nodes.written();
        Controller controller = controller(nodes, Controller.Mode.ADVISE, "x");
        controller.begin();
        run(controller, nodes, 20, LINE / 9);
        controller.end();
        assertEquals(written, nodes.written());
        assertEquals(4, nodes.changes.size(), "only help was asked for: " + nodes.changes);
        assertTrue(
                said.toString().contains("open [b-c, b-d, c-d] (advised, not done): links are added"), said.toString());
        assertEquals(
                1,
                said.toString().lines().filter(line -> line.contains("advised")).count(),
                "said once");
    }

    /// The guests of a and c wait for each other over 40 ms; b is close to a.
    private List<Kind> waitFor(Controller controller, Four nodes, int seconds) throws Exception {
        for (String far : List.of("c", "d")) {
            Estimate line = Estimate.of(40e6, 40e6, 40.1e6, 20, SECOND, SECOND);
            nodes.nodes.get("a").measured("to-" + far, 0, Map.of(Quantity.BASE_RTT, line));
            nodes.nodes.get(far).measured("to-a", 0, Map.of(Quantity.BASE_RTT, line));
        }
        List<Kind> kinds = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            for (String end : List.of("a", "c")) {
                nodes.nodes.get(end).count(Star.guest("a"), Star.guest("c"), 48, 48_000);
                nodes.nodes.get(end).count(Star.guest("c"), Star.guest("a"), 48, 48_000);
            }
            now += SECOND;
            Kind kind = controller.turn().kind();
            if (kind != Kind.NONE) {
                kinds.add(kind);
            }
        }
        return kinds;
    }

    private static final List<Decision.Step.Move> TOGETHER = List.of(
            new Decision.Step.Move(Star.guest("b"), "b", "c"), new Decision.Step.Move(Star.guest("c"), "c", "b"));

    @Test
    void guestsAreMovedByWhoCanAndBackWhereThatBroughtNothing() throws Exception {
        Four nodes = new Four();
        List<List<Decision.Step.Move>> told = new ArrayList<>();
        Controller controller = controller(nodes, Controller.Mode.ON, "x", Optional.of(moves -> {
            told.add(moves);
            return "";
        }));
        controller.begin();
        assertEquals(List.of(Kind.PLACE), waitFor(controller, nodes, 8));
        assertEquals(List.of(TOGETHER), told);
        assertTrue(file.toString().contains("\"event\":\"applied\",\"kind\":\"place\""), file.toString());
        String shown = nodes.nodes.get("b").say(List.of("show adaptation")).getFirst();
        assertTrue(shown.contains("place []: guests would be better elsewhere: predicted gain 1900 %"), shown);
        // They send as much as before.
        assertEquals(List.of(Kind.ROLLBACK), waitFor(controller, nodes, 20));
        assertEquals(
                List.of(
                        new Decision.Step.Move(Star.guest("b"), "c", "b"),
                        new Decision.Step.Move(Star.guest("c"), "b", "c")),
                told.getLast());
    }

    @Test
    void guestsThatCannotBeMovedAreNotTriedAgainSoon() throws Exception {
        Four nodes = new Four();
        List<List<Decision.Step.Move>> told = new ArrayList<>();
        Controller controller = controller(nodes, Controller.Mode.ON, "x", Optional.of(moves -> {
            told.add(moves);
            return "the mover is busy";
        }));
        controller.begin();
        waitFor(controller, nodes, 500);
        assertEquals(List.of(TOGETHER), told);
        assertTrue(said.toString().contains("(not done: the mover is busy)"), said.toString());
    }

    @Test
    void withoutAMoverPlacesAreAdvised() throws Exception {
        Four nodes = new Four();
        Controller controller = controller(nodes, Controller.Mode.ON, "x");
        controller.begin();
        waitFor(controller, nodes, 60);
        assertEquals(
                1,
                said.toString()
                        .lines()
                        .filter(line -> line.contains("place [] (advised, not done)"))
                        .count(),
                said.toString());
    }

    /// The controller ends after about every second number of statements, and some again at random; every pair has a
    /// way then
    /// and while the next mends, and off restores what was written.
    @Test
    void itMayEndAtAnyStep() throws Exception {
        final int all;
        {
            Four nodes = new Four();
            Controller controller = controller(nodes, Controller.Mode.ON, "x");
            nodes.crashAfter = 1 << 20;
            controller.begin();
            run(controller, nodes, TURNS, LINE / 9);
            all = (1 << 20) - nodes.crashAfter;
        }
        assertTrue(all > 60, all + " statements");
        long seed = Long.getLong("vnetp.adapt.seed", 2012);
        Random random = new Random(seed);
        for (int step = random.nextInt(2); step < all; step += 1 + random.nextInt(2)) {
            Four nodes = new Four();
            final List<String> written = nodes.written();
            nodes.crashAfter = step;
            Controller first = controller(nodes, Controller.Mode.ON, "x");
            assertThrows(Crash.class, () -> {
                first.begin();
                run(first, nodes, TURNS, LINE / 9);
            });
            nodes.everyPairHasAWay();
            if (random.nextInt(4) == 0) {
                nodes.crashAfter = random.nextInt(all);
                Controller second = controller(nodes, Controller.Mode.ON, "x");
                try {
                    second.begin();
                    run(second, nodes, TURNS, LINE / 9);
                } catch (Crash e) {
                    nodes.everyPairHasAWay();
                }
            }
            nodes.crashAfter = Integer.MAX_VALUE;
            nodes.watched = true;
            Controller last = controller(nodes, Controller.Mode.ON, "x");
            last.begin();
            nodes.everyPairHasAWay();
            for (ControlledNode node : nodes.nodes.values()) {
                for (var pair : node.adaptation().pairs()) {
                    assertTrue(
                            node.say(List.of("show adaptation --json"))
                                    .getFirst()
                                    .contains("\"rules\":1"),
                            "no claim without its rule after step " + step + ": " + pair);
                }
                assertTrue(node.links().containsAll(node.adaptation().links()), "step " + step);
            }
            Controller.off(nodes);
            assertEquals(written, nodes.written(), "after step " + step);
        }
    }

    @Test
    void twoControllersOneLeads() throws Exception {
        Four nodes = new Four();
        Controller first = controller(nodes, Controller.Mode.ON, "x");
        first.begin();
        Controller second = controller(nodes, Controller.Mode.ON, "y");
        String refusal =
                assertThrows(Controller.NotLeading.class, second::begin).getMessage();
        assertTrue(refusal.contains("x leads this node for another"), refusal);
        run(first, nodes, 2, LINE / 9);
        first.end();
        second.begin();
        assertThrows(Controller.NotLeading.class, first::turn);
        // Somebody says off: who leads ends.
        nodes.nodes.get("c").say(List.of("adapt off"));
        assertThrows(Controller.NotLeading.class, second::turn);
    }

    @Test
    void aNodeThatIsAwayIsLeftOut() throws Exception {
        Four nodes = new Four();
        Controller controller = controller(nodes, Controller.Mode.ON, "x");
        controller.begin();
        nodes.away = "d";
        run(controller, nodes, 20, LINE / 9);
        assertTrue(complaints.toString().contains("node d is left out: away"), complaints.toString());
        assertTrue(nodes.nodes.get("b").links().contains("adapt-c"));
        assertFalse(nodes.nodes.get("b").links().contains("adapt-d"));
    }

    @Test
    void whatCannotBeIsNotBelieved() throws Exception {
        for (String lie : List.of(
                "\"base_rtt\":{\"value\":-5.0", "\"base_rtt\":{\"value\":1e30", "\"base_rtt\":{\"value\":\"x\"")) {
            Four nodes = new Four();
            nodes.lie = lie;
            Controller controller = controller(nodes, Controller.Mode.ON, "x");
            controller.begin();
            List<Kind> kinds = run(controller, nodes, 6, LINE / 9);
            assertEquals(List.of(Kind.OPEN, Kind.SHORTCUT), kinds, "the others' values are enough: " + lie);
        }
        assertTrue(complaints.toString().contains("base_rtt -5.0 between"), complaints.toString());
        assertTrue(complaints.toString().contains("taken as unknown"), complaints.toString());
        // One that says its guests send, while nobody gets it.
        Four nodes = new Four();
        Controller controller = controller(nodes, Controller.Mode.ON, "x");
        controller.begin();
        for (int i = 0; i < 10; i++) {
            nodes.nodes.get("b").count(Star.guest("b"), Star.guest("c"), 1000, 100_000_000);
            nodes.nodes.get("b").count(Star.guest("c"), Star.guest("b"), 1000, 100_000_000);
            now += SECOND;
            assertEquals(Kind.NONE, controller.turn().kind());
        }
        // One that calls another's guest its own.
        nodes.nodes.get("b").say(List.of("nic vnet1 tap mac " + Star.guest("c") + " netns x"));
        run(controller, nodes, 6, LINE / 9);
        assertTrue(complaints.toString().contains("both say it is theirs"), complaints.toString());
        Pair stolen = Star.pair("b", "c");
        for (String change : nodes.changes) {
            assertFalse(change.contains("pair " + stolen), change);
        }
    }
}
