package org.vnetp.macrobench.tune;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.ResultDirectory;
import org.vnetp.reports.result.Status;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.tune.Contest;
import org.vnetp.reports.tune.Goal;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An optimiser of somebody else drives the bench: a JSON object a line each way.
///
/// - First we say what there is:
///   `{"goal":…,"workloads":[…],"parameters":[{"name":…,"values":[…],"default":…}],"default":{…}}`
/// - `{"ask":N}`: N settings that spread over the space, as a race would begin: `{"settings":[{…},…]}`
/// - `{"measure":{"mode":"guest",…},"blocks":3}`: measures that setting beside the default, and says
///   `{"name":"s01","setting":{…},"status":"ok","blocks":3,"gain":0.012,"low":…,"high":…,"metrics":{…}}`;
///   `gain` is the mean
///   log ratio to the default over all blocks that the setting ever had, more is better
/// - `{"end":true}`, or the end of input: ends
///
/// What cannot be done is answered by `{"error":…}`, and changes nothing.
public final class AskTell {
    private static final int MOST_BLOCKS = 100;
    private static final int MOST_ASKED = 1000;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Space space;
    private final Goal goal;
    private final Ledger ledger;
    private final Entrants entrants;
    private final Contest contest;
    private final Random random;
    private final PrintStream out;
    private int block;

    /// @param newcomer is told each setting's name before anything is measured under it
    /// @param out one line an answer
    public AskTell(
            Space space,
            Goal goal,
            Bench bench,
            ResultDirectory results,
            long seed,
            BiConsumer<String, Setting> newcomer,
            PrintStream out) {
        this.space = space;
        this.goal = goal;
        this.ledger = new Ledger(bench, results.earlier(), results::append, System::nanoTime);
        this.entrants = new Entrants(space.usual(), newcomer);
        this.contest = new Contest(goal, Contest.RACE);
        this.random = new Random(seed);
        this.out = out;
    }

    /// Answers until the end.
    public void serve(BufferedReader in) throws IOException, InterruptedException {
        say(hello());
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            try {
                JsonNode order = JSON.readTree(line);
                if (order.has("ask")) {
                    say(Map.of("settings", asked(number(order, "ask", 1, MOST_ASKED))));
                } else if (order.has("measure")) {
                    say(measured(
                            setting(order.get("measure")),
                            order.has("blocks") ? number(order, "blocks", 1, MOST_BLOCKS) : 1));
                } else if (order.has("end")) {
                    return;
                } else {
                    throw new IllegalArgumentException("'" + line + "': expected ask, measure or end");
                }
            } catch (JacksonException e) {
                say(Map.of("error", "'" + line + "' is no JSON: " + e.getOriginalMessage()));
            } catch (IllegalArgumentException e) {
                say(Map.of("error", e.getMessage()));
            }
        }
    }

    private static int number(JsonNode order, String name, int least, int most) {
        JsonNode value = order.get(name);
        if (!value.isInt() || value.asInt() < least || value.asInt() > most) {
            throw new IllegalArgumentException(
                    name + " " + value + ": expected a number from " + least + " to " + most);
        }
        return value.asInt();
    }

    private Setting setting(JsonNode values) {
        if (!values.isObject()) {
            throw new IllegalArgumentException("measure " + values + ": expected an object of names and values");
        }
        Map<String, String> words = new LinkedHashMap<>();
        values.properties()
                .forEach(entry -> words.put(entry.getKey(), entry.getValue().asString()));
        return space.setting(words);
    }

    private Map<String, Object> hello() {
        Map<String, Object> hello = new LinkedHashMap<>();
        hello.put("goal", goal.text());
        hello.put("workloads", goal.parts().stream().map(Goal.Part::workload).toList());
        List<Map<String, Object>> parameters = new ArrayList<>();
        for (Parameter parameter : space.parameters()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", parameter.name());
            one.put("values", parameter.values());
            one.put("default", parameter.usual());
            one.put("ordered", parameter.scale() == Parameter.Scale.STEPS);
            one.put("restart", parameter.where() == Parameter.Place.START);
            parameters.add(one);
        }
        hello.put("parameters", parameters);
        hello.put("default", space.usual().values());
        return hello;
    }

    private List<Map<String, String>> asked(int count) {
        return space.start(count, RacePlan.KINDS, random).stream()
                .map(Setting::values)
                .toList();
    }

    private Map<String, Object> measured(Setting setting, int blocks) throws IOException, InterruptedException {
        String name = entrants.name(setting);
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (int b = 0; b < blocks && contest.failure(name).isEmpty(); b++) {
            for (Goal.Part part : goal.parts()) {
                List<String> order = new ArrayList<>(List.of(Contest.DEFAULT, name));
                Collections.shuffle(order, random);
                for (String arm : order.stream().distinct().toList()) {
                    List<Observation> rows = ledger.region(
                            arm, entrants.find(arm), part.workload(), Contest.RACE, block, Observation.OWN_LAUNCH);
                    contest.add(rows);
                    if (arm.equals(name)) {
                        add(sums, rows);
                    }
                }
            }
            block++;
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("name", name);
        answer.put("setting", setting.values());
        answer.put("status", contest.failure(name).isPresent() ? "failed" : "ok");
        contest.failure(name).ifPresent(why -> answer.put("reason", why));
        double[] scores = contest.scores(name).values().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        answer.put("blocks", scores.length);
        if (scores.length > 0) {
            PairedRatio ratio = PairedRatio.of(scores, name.hashCode());
            answer.put("gain", Math.log(ratio.estimate()));
            if (ratio.hasInterval()) {
                answer.put("low", Math.log(ratio.low()));
                answer.put("high", Math.log(ratio.high()));
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((metric, sum) -> means.put(metric, sum[0] / sum[1]));
        answer.put("metrics", means);
        return answer;
    }

    private static void add(Map<String, double[]> sums, List<Observation> rows) {
        for (Observation row : rows) {
            if (row.status() == Status.OK && Double.isFinite(row.value())) {
                double[] sum = sums.computeIfAbsent(row.benchmark() + "." + row.metric(), _ -> new double[2]);
                sum[0] += row.value();
                sum[1]++;
            }
        }
    }

    private void say(Object answer) {
        out.println(JSON.writeValueAsString(answer));
        out.flush();
    }
}
