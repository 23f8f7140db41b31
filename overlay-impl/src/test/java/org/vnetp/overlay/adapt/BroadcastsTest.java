package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.control.ControlledNode;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.Quantity;

/// What guests send to all, while links are dead: real statements and configurations, without a network. After each
/// statement no node gets a frame twice.
class BroadcastsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final List<String> NAMES = List.of("a", "b", "c", "d");

    /// Four nodes, a star over a or a mesh, each of which sends on what is for all.
    private static final class World implements Nodes {
        final Map<String, ControlledNode> nodes = new LinkedHashMap<>();
        Set<Ends> dead = Set.of();

        World(boolean star) throws Exception {
            for (int i = 0; i < NAMES.size(); i++) {
                String name = NAMES.get(i);
                ControlledNode node = new ControlledNode();
                List<String> lines = new ArrayList<>(List.of(
                        "node " + name,
                        "listen 10.0.0." + (i + 1) + ":4789",
                        "nic vnet0 tap mac " + Star.guest(name) + " netns x"));
                List<String> others = new ArrayList<>(star && i != 0 ? List.of("a") : NAMES);
                others.remove(name);
                for (String other : others) {
                    lines.add("link add to-" + other + " 10.0.0." + (NAMES.indexOf(other) + 1) + ":4789");
                    lines.add("route add any any edge to-" + other + " interface vnet0");
                    lines.add("route add any any interface vnet0 edge to-" + other);
                }
                for (String from : star && i == 0 ? others : List.<String>of()) {
                    for (String to : others) {
                        if (!to.equals(from)) {
                            lines.add("route add any any edge to-" + to + " edge to-" + from);
                        }
                    }
                }
                for (int j = 0; j < NAMES.size(); j++) {
                    String way = j == i ? "interface vnet0" : "edge to-" + (star && i != 0 ? "a" : NAMES.get(j));
                    lines.add("route add any " + Star.guest(NAMES.get(j)) + " " + way + " any");
                }
                node.say(lines);
                nodes.put(name, node);
            }
            silent();
        }

        /// These do not answer, and no others.
        void silent(String... links) {
            dead = new java.util.TreeSet<>();
            for (String link : links) {
                dead.add(Ends.of(link.substring(0, 1), link.substring(1)));
            }
            for (String name : NAMES) {
                for (String peer : NAMES) {
                    for (String prefix : List.of("to-", "adapt-")) {
                        nodes.get(name)
                                .measured(
                                        prefix + peer,
                                        dead.contains(Ends.of(name, peer)) && prefix.equals("to-") ? 20 : 0,
                                        Map.of(
                                                Quantity.BASE_RTT,
                                                Estimate.of(100_000, 100_000, 101_000, 20, SECOND, SECOND)));
                    }
                }
            }
        }

        @Override
        public List<String> keys() {
            return NAMES;
        }

        @Override
        public List<String> say(String key, List<String> statements) throws IOException, StatementException {
            if (statements.getFirst().startsWith("show ")
                    || statements.getFirst().startsWith("adapt lease ")) {
                return nodes.get(key).say(statements);
            }
            List<String> answers = new ArrayList<>();
            if (statements.getFirst().equals("begin")) {
                answers.addAll(nodes.get(key).say(statements)); // one step
            }
            for (String statement : answers.isEmpty() ? statements : List.<String>of()) {
                answers.addAll(nodes.get(key).say(List.of(statement)));
                nobodyGetsItTwice(key + ": " + statement);
            }
            nobodyGetsItTwice(key + ": " + statements);
            return answers;
        }

        View view() {
            ViewReader reader = new ViewReader();
            try {
                for (ControlledNode node : nodes.values()) {
                    reader.add(node.say(ViewReader.QUESTIONS));
                }
            } catch (StatementException e) {
                throw new AssertionError(e);
            }
            return reader.read().view();
        }

        void nobodyGetsItTwice(String after) {
            View view = view();
            for (String name : NAMES) {
                assertTrue(
                        Flood.of(view, Star.guest(name), dead).isOnce(),
                        () -> "what " + name + " sends to all comes twice after " + after);
            }
        }

        /// @param where whom each guest reaches
        void reaches(List<String> where) {
            View view = view();
            for (String name : where) {
                assertEquals(
                        Set.copyOf(where),
                        Flood.of(view, Star.guest(name), dead).next().keySet(),
                        "from " + name);
                for (String node : where) {
                    assertTrue(
                            Paths.rules(view.node(node), Flood.of(Star.guest(name)), null).stream()
                                            .anyMatch(rule -> rule.to().startsWith("interface "))
                                    || Paths.anyway(view.node(node), Flood.of(Star.guest(name))).stream()
                                            .anyMatch(rule -> rule.to().startsWith("interface ")),
                            node + "'s guest gets it from " + name);
                }
            }
        }

        List<String> written() throws Exception {
            List<String> all = new ArrayList<>();
            for (ControlledNode node : nodes.values()) {
                all.add(node.routes() + node.links());
            }
            return all;
        }
    }

    private final StringWriter log = new StringWriter();
    private long now = 1000 * SECOND;

    private Controller controller(World world) throws Exception {
        Controller controller = new Controller(
                world,
                Controller.Mode.ON,
                "x",
                3600 * SECOND,
                Thresholds.USUAL.withRate(100e6),
                () -> now,
                new DecisionLog(
                        new PrintWriter(new StringWriter()), new PrintWriter(log), log, () -> Instant.ofEpochSecond(1)),
                Optional.empty());
        controller.begin();
        pass(controller, 2);
        return controller;
    }

    private List<Kind> pass(Controller controller, int seconds) throws Exception {
        List<Kind> kinds = new ArrayList<>();
        for (int i = 0; i < seconds; i++) {
            now += SECOND;
            kinds.add(controller.turn().kind());
        }
        kinds.removeIf(kind -> kind == Kind.NONE);
        return kinds;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void guestsReachAllWhileALinkIsDeadAndGoBackToTheWrittenWays(boolean star) throws Exception {
        World world = new World(star);
        final List<String> written = world.written();
        Controller controller = controller(world);
        world.reaches(NAMES);
        world.silent("ab");
        assertFalse(Flood.of(world.view(), Star.guest("b"), world.dead).next().containsKey("a"));
        List<Kind> kinds = pass(controller, 4);
        assertEquals(
                star ? List.of(Kind.OPEN, Kind.FAILURE, Kind.FAILURE) : List.of(Kind.FAILURE, Kind.FAILURE), kinds);
        world.reaches(NAMES);
        assertEquals(List.of(), pass(controller, 20), "once, and it stays");
        world.silent();
        pass(controller, 300);
        world.reaches(NAMES);
        assertEquals(written, world.written(), log.toString());
    }

    @Test
    void offTakesItBackAtOnce() throws Exception {
        World world = new World(true);
        final List<String> written = world.written();
        Controller controller = controller(world);
        world.silent("ab");
        pass(controller, 4);
        assertTrue(world.nodes.get("c").routes().contains(Flood.BROADCAST));
        controller.end();
        for (ControlledNode node : world.nodes.values()) {
            node.say(List.of("adapt off"));
        }
        assertEquals(written, world.written());
    }

    /// One link after the other, and whom nobody reaches any more.
    @Test
    void anotherLinkDiesToo() throws Exception {
        World world = new World(false);
        Controller controller = controller(world);
        world.silent("bc");
        pass(controller, 3);
        world.reaches(NAMES);
        world.silent("bc", "ab");
        pass(controller, 4);
        world.reaches(NAMES);
        world.silent("bc", "ab", "bd");
        pass(controller, 4);
        world.reaches(List.of("a", "c", "d"));
        world.silent();
        pass(controller, 300);
        world.reaches(NAMES);
        assertFalse(world.written().toString().contains(Flood.BROADCAST));
    }

    @Test
    void aControllerThatBeginsKeepsWhatAnotherHasLeft() throws Exception {
        World world = new World(false);
        Controller first = controller(world);
        world.silent("bc");
        pass(first, 3);
        first.end();
        List<String> left = world.written();
        Controller second = controller(world);
        assertEquals(List.of(), pass(second, 10));
        world.reaches(NAMES);
        assertEquals(left, world.written());
    }
}
