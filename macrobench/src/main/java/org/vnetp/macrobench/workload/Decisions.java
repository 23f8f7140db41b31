package org.vnetp.macrobench.workload;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a controller decided, of its log's lines.
///
/// @param moves      when frames got another way, and for what, the first first
/// @param links      links that were added
/// @param predicted  gains of changes that were judged
/// @param measured   the same, as they were; NaN where that could not be told
/// @param takenBack  changes that were taken back
/// @param events     all that was done or advised
record Decisions(
        List<Move> moves, int links, List<Double> predicted, List<Double> measured, int takenBack, List<Event> events) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Set<String> MOVING = Set.of("shortcut", "detour", "failure", "return", "rollback");

    /// What was done, or advised, and when.
    ///
    /// @param words the kind, and that it was only advised
    record Event(Instant time, String words) {}

    /// A change.
    record Move(Instant time, String kind) {}

    /// @throws IllegalArgumentException where a line is none of a controller's
    static Decisions parse(List<String> lines) {
        List<Move> moves = new ArrayList<>();
        List<Double> predicted = new ArrayList<>();
        List<Double> measured = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        int links = 0;
        int back = 0;
        for (String line : lines) {
            JsonNode each;
            try {
                each = JSON.readTree(line);
            } catch (JacksonException e) {
                throw new IllegalArgumentException("the controller's log has the line '" + line + "'", e);
            }
            String event = each.path("event").asString("");
            String kind = each.path("kind").asString("");
            if (event.equals("applied") || event.equals("advised")) {
                events.add(new Event(
                        Instant.parse(each.path("time").asString("")),
                        event.equals("applied") ? kind : kind + " (advised)"));
            }
            if (event.equals("applied") && MOVING.contains(kind)) {
                moves.add(new Move(Instant.parse(each.path("time").asString("")), kind));
            } else if (event.equals("applied") && kind.equals("open")) {
                links += each.path("steps").size();
            } else if (event.equals("outcome")) {
                predicted.add(each.path("predicted_gain").asDouble(Double.NaN));
                // null, where it cannot be told
                JsonNode gain = each.path("measured_gain");
                measured.add(gain.isNumber() ? gain.doubleValue() : Double.NaN);
                back += each.path("taken_back").asBoolean(false) ? 1 : 0;
            }
        }
        return new Decisions(
                List.copyOf(moves), links, List.copyOf(predicted), List.copyOf(measured), back, List.copyOf(events));
    }

    /// Changes of any kind, links that were added included.
    int changes() {
        return moves.size() + links;
    }

    /// Seconds from a moment to the first change after it.
    OptionalDouble reaction(Instant cause) {
        return moves.stream()
                .filter(move -> !move.time().isBefore(cause))
                .mapToDouble(move -> (move.time().toEpochMilli() - cause.toEpochMilli()) / 1e3)
                .findFirst();
    }
}
