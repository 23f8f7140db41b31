package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.adapt.Decision.Kind;
import org.vnetp.overlay.adapt.Rates.Rate;
import org.vnetp.overlay.adapt.View.Ends;
import org.vnetp.overlay.control.ControlledNode;
import org.vnetp.overlay.measure.Estimate;
import org.vnetp.overlay.measure.Quantity;

/// What is made of nodes' answers: where links lead whose addresses say nothing.
class ViewReaderTest {
    private static final long SECOND = 1_000_000_000L;
    private static final List<String> NAMES = List.of("hub", "b", "c");

    private int silent;

    /// A hub whose links say `any`, and two nodes behind translators, each of which knows the hub by its translator.
    ///
    /// @param keys of hub, b and c
    private View view(List<String> keys) throws Exception {
        ViewReader reader = new ViewReader();
        for (int i = 0; i < NAMES.size(); i++) {
            ControlledNode node = new ControlledNode();
            List<String> lines = new ArrayList<>(List.of(
                    "node " + NAMES.get(i),
                    // All but the hub have the same address.
                    i == 0 ? "listen 10.0.0.1:4789" : "listen 192.168.1.2:4789",
                    "nic vnet0 tap mac 02:00:00:00:00:0" + (i + 1) + " netns x"));
            for (int j = 0; j < NAMES.size(); j++) {
                if (i == 0 && j > 0) {
                    lines.add("link add to" + j + " 10.9.9." + j + ":4789");
                } else if (i > 0 && j == 0) {
                    lines.add("link add to0 192.168.1.1:4789");
                }
                String way = i == j ? "interface vnet0" : "edge to" + (i == 0 ? j : 0);
                lines.add("route add any 02:00:00:00:00:0" + (j + 1) + " " + way + " any");
                node.measured(
                        "to" + j,
                        i == 0 && j == 1 ? silent : 0,
                        Map.of(Quantity.BASE_RTT, Estimate.of(100_000, 100_000, 101_000, 20, SECOND, SECOND)));
            }
            node.say(lines);
            List<String> answers = new ArrayList<>(node.say(ViewReader.QUESTIONS));
            String links = answers.get(2);
            for (int j = 0; j < NAMES.size(); j++) {
                links = links.replace(
                        "\"name\":\"to" + j + "\"",
                        "\"name\":\"to" + j + "\",\"sealed\":\"aes-128-gcm\",\"own\":\"" + keys.get(i)
                                + "\",\"peer\":\"" + keys.get(j) + "\"");
            }
            answers.set(2, links.replaceAll("\"endpoint\":\"10.9[^\"]*\"", "\"endpoint\":\"any\""));
            reader.add(answers);
        }
        ViewReader.Read read = reader.read();
        complaints = read.complaints();
        return read.view();
    }

    private List<String> complaints = List.of();

    private static View.Pair pair(int from, int to) {
        return new View.Pair("02:00:00:00:00:0" + (from + 1), "02:00:00:00:00:0" + (to + 1));
    }

    @Test
    void linksWithKeysLeadToWhoHasTheOther() throws Exception {
        View view = view(List.of("x25519:H", "x25519:B", "x25519:C"));
        assertEquals(List.of(), complaints);
        assertEquals(java.util.Set.of(Ends.of("hub", "b"), Ends.of("hub", "c")), view.edges());
        assertTrue(view.node("hub").links().get("to1").sealed());
        assertEquals(List.of("b", "hub", "c"), Paths.of(view, pair(1, 2)).orElseThrow());
    }

    @Test
    void keysThatTwoNodesHaveTellNothing() throws Exception {
        View view = view(List.of("x25519:H", "x25519:B", "x25519:B"));
        assertEquals(1, complaints.size(), complaints.toString());
        assertTrue(
                complaints.getFirst().contains("b and c both have it: expected a key of its own"),
                complaints.getFirst());
        assertEquals(java.util.Set.of(), view.edges());
    }

    /// They exchange all that the hub carries, wait for each other, and the hub's link dies: nobody offers them a way
    /// of their own.
    @Test
    void nodesBehindTranslatorsGetNoLinksOfTheirOwn() throws Exception {
        List<String> keys = List.of("x25519:H", "x25519:B", "x25519:C");
        Memory memory = new Memory();
        long now = 1000 * SECOND;
        Map<View.Pair, Rate> rates = Map.of(pair(1, 2), new Rate(100e6, 10_000), pair(2, 1), new Rate(100e6, 10_000));
        for (int i = 0; i < 60; i++) {
            silent = i < 30 ? 0 : 20;
            View view = view(keys);
            Decider.Outcome outcome = Decider.decide(view, rates, memory, Thresholds.USUAL.withRate(100e6), now);
            memory = outcome.memory();
            Kind kind = outcome.decision().kind();
            assertTrue(
                    kind == Kind.NONE || kind == Kind.PLACE, outcome.decision().why());
            now += SECOND;
        }
        assertFalse(memory.aliveSinceNs.containsKey(Ends.of("hub", "b")), "its death was seen");
        assertTrue(memory.aliveSinceNs.containsKey(Ends.of("hub", "c")));
    }
}
