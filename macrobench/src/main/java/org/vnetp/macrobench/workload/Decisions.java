package org.vnetp.macrobench.workload;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;
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
/// @param advice     what was advised and not done
record Decisions(
        List<Move> moves,
        int links,
        List<Double> predicted,
        List<Double> measured,
        int takenBack,
        List<Event> events,
        List<Advice> advice) {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String PLACE = "place";
    private static final String ASK = "ask"; // measures, and changes nothing
    private static final Pattern HOME = Pattern.compile("guest (\\S+) would be better at (\\S+) than at (\\S+)");
    private static final Set<String> MOVING = Set.of("shortcut", "detour", "failure", "return", "rollback", PLACE);

    /// What was done, or advised, and when.
    ///
    /// @param words the kind, and that it was only advised
    record Event(Instant time, String words) {}

    /// What was advised.
    ///
    /// @param gain  that was predicted, a share; NaN where nothing is said of it
    /// @param homes where guests would be better
    record Advice(String kind, double gain, List<Home> homes) {}

    /// A guest that would be better at another node.
    record Home(String guest, String from, String to) {}

    /// A change.
    record Move(Instant time, String kind) {}

    /// @throws IllegalArgumentException where a line is none of a controller's
    static Decisions parse(List<String> lines) {
        List<Move> moves = new ArrayList<>();
        List<Double> predicted = new ArrayList<>();
        List<Double> measured = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        List<Advice> advice = new ArrayList<>();
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
            if (event.equals("advised") && !kind.equals(ASK)) {
                advice.add(new Advice(kind, each.path("predicted_gain").asDouble(Double.NaN), homes(each)));
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
                List.copyOf(moves),
                links,
                List.copyOf(predicted),
                List.copyOf(measured),
                back,
                List.copyOf(events),
                List.copyOf(advice));
    }

    private static List<Home> homes(JsonNode decision) {
        List<Home> homes = new ArrayList<>();
        for (JsonNode step : decision.path("steps")) {
            Matcher home = HOME.matcher(step.asString(""));
            if (home.matches()) {
                homes.add(new Home(home.group(1), home.group(3), home.group(2)));
            }
        }
        return List.copyOf(homes);
    }

    /// The first advice of other places for guests.
    Optional<Advice> placement() {
        return advice.stream().filter(each -> each.kind().equals(PLACE)).findFirst();
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

    /// Records what a controller did, and whether it was to.
    ///
    /// @param negative whether no change pays: one fails the run, and so does one that is advised
    /// @param cause    from when the first change is timed
    void record(boolean negative, Instant cause, Run run) {
        run.value(Metrics.CHANGES, changes());
        run.value(Metrics.TAKEN_BACK, takenBack());
        reaction(cause).ifPresent(seconds -> run.value(Metrics.REACTION, seconds));
        for (int i = 0; i < predicted().size(); i++) {
            if (!Double.isNaN(measured().get(i))) {
                run.value(Metrics.PREDICTED_GAIN, 100 * predicted().get(i));
                run.value(Metrics.MEASURED_GAIN, 100 * measured().get(i));
                break;
            }
        }
        if (negative && changes() > 0) {
            run.ended(Status.FAILED, changes() + " changes where nothing was to change: " + moves());
        } else if (negative && !advice().isEmpty()) {
            run.ended(
                    Status.FAILED,
                    "a change was advised where nothing was to change: "
                            + advice().stream().map(Decisions.Advice::kind).toList());
        }
    }
}
