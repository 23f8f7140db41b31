package org.vnetp.reports.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.vnetp.reports.result.Fabrics;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Observation;
import org.vnetp.reports.result.RunInfo;
import org.vnetp.reports.stats.PairedRatio;
import org.vnetp.reports.table.Numbers;
import org.vnetp.reports.table.Table;
import org.vnetp.reports.table.Table.Cell;
import org.vnetp.reports.table.Table.Column;
import org.vnetp.reports.table.Table.Row;

/// The tables of a race: the verdict with the lines to use, the settings side by side, what each parameter
/// does, and all settings that took part.
public final class TuneTables {
    /// In `run.json`, the goal.
    public static final String GOAL = "goal";

    /// In `run.json`, the workload that took no part in the choice.
    public static final String HELD_OUT = "held out";

    /// In `run.json`, with a setting's name behind it: what to write into a node's file.
    public static final String LINES = "use ";

    private final RunInfo info;
    private final Goal goal;
    private final Contest race;
    private final Contest fresh;
    private final Confirmation confirmation;
    private final Arms arms;

    /// @throws IllegalArgumentException where the run does not tell its goal
    public TuneTables(RunInfo info, List<Observation> rows) {
        this.info = info;
        this.goal = Goal.parse(info.settings().getOrDefault(GOAL, ""));
        this.race = Contest.of(goal, Contest.RACE, rows);
        this.fresh = Contest.of(goal, Contest.CONFIRM, rows);
        this.confirmation = Confirmation.of(fresh);
        this.arms = Arms.of(goal, rows);
    }

    /// The outcome in a sentence.
    public String sentence() {
        return confirmation.sentence(goal);
    }

    public Confirmation confirmation() {
        return confirmation;
    }

    /// All of them, the main one first.
    public List<Table> all() {
        List<Table> tables = new ArrayList<>();
        tables.add(verdict());
        if (!arms.figures().isEmpty()) {
            tables.add(pareto());
        }
        effects().ifPresent(tables::add);
        tables.add(entrants());
        return tables;
    }

    private Table verdict() {
        List<Column> columns = List.of(
                Column.text("setting", "setting"),
                Column.number("", "gain, %", "gain_percent"),
                Column.readers("", "95 % interval"),
                Column.csv("gain_percent_low"),
                Column.csv("gain_percent_high"),
                Column.number("", "p (Holm)", "p_holm"),
                Column.number("", "launches", "launches"),
                Column.number("", "held out, %", "held_out_percent"),
                Column.text("verdict", "verdict"),
                Column.text("what it is", "values"));
        List<Row> table = new ArrayList<>();
        for (Confirmation.Finalist finalist : confirmation.finalists()) {
            PairedRatio gain = finalist.gain();
            table.add(new Row(
                    false,
                    List.of(
                            Cell.of(finalist.setting()),
                            signed(gain.estimate()),
                            Cell.of(range(gain)),
                            Cell.number("", 100 * (gain.low() - 1)),
                            Cell.number("", 100 * (gain.high() - 1)),
                            Cell.number(Numbers.fixed(finalist.p(), 4), finalist.p()),
                            Cell.number(String.valueOf(gain.pairs()), gain.pairs()),
                            heldOut(finalist.setting()),
                            Cell.of(
                                    !finalist.failure().isEmpty()
                                            ? "failed: " + finalist.failure()
                                            : finalist.beats() ? "beats the default" : "not beyond noise"),
                            Cell.of(differences(finalist.setting())))));
        }
        List<String> notes = new ArrayList<>();
        confirmation
                .winner()
                .map(winner -> info.settings().get(LINES + winner.setting()))
                .ifPresent(lines -> notes.add("Into the node's file: " + lines));
        notes.add(
                "Gain: the goal's metrics against the default's in fresh launches that took no part in the choice, more"
                        + " is better; goal " + goal.text() + ".");
        String held = info.settings().getOrDefault(HELD_OUT, "");
        if (!held.isEmpty()) {
            notes.add("Held out: " + held + ", which took no part in the choice either.");
        }
        return new Table("tune", sentence(), 1, false, columns, table, notes);
    }

    private Cell heldOut(String setting) {
        String[] held = info.settings().getOrDefault(HELD_OUT, "").split(" ");
        Optional<Metric> metric = held.length == 2 ? Metrics.find(held[1]) : Optional.empty();
        return metric.flatMap(m -> arms.study().cells().stream()
                        .filter(cell -> cell.benchmark().equals(held[0]))
                        .findFirst()
                        .flatMap(cell -> arms.ratio(new Arms.Figure(cell, m, "", 1), setting, Contest.DEFAULT)))
                .map(ratio -> Cell.number(
                        String.format(Locale.ROOT, "%+.1f (%s)", 100 * (ratio.estimate() - 1), range(ratio)),
                        100 * (ratio.estimate() - 1)))
                .orElse(Cell.EMPTY);
    }

    private static Cell signed(double factor) {
        return Cell.number(String.format(Locale.ROOT, "%+.1f", 100 * (factor - 1)), 100 * (factor - 1));
    }

    private static String range(PairedRatio ratio) {
        return ratio.hasInterval()
                ? String.format(Locale.ROOT, "%+.1f to %+.1f", 100 * (ratio.low() - 1), 100 * (ratio.high() - 1))
                : "";
    }

    /// Where a setting's values are not the default's.
    private String differences(String setting) {
        Map<String, String> usual = values(Contest.DEFAULT);
        List<String> words = new ArrayList<>();
        values(setting).forEach((name, value) -> {
            if (!value.equals(usual.get(name))) {
                words.add(name + "=" + value);
            }
        });
        return String.join(" ", words);
    }

    private Map<String, String> values(String setting) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : info.fabrics().getOrDefault(setting, "").split(" ")) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                values.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return values;
    }

    private List<String> settings() {
        List<String> names = new ArrayList<>();
        confirmation.finalists().forEach(f -> names.add(f.setting()));
        names.add(Contest.DEFAULT);
        return names;
    }

    private Table pareto() {
        List<Column> columns = new ArrayList<>();
        columns.add(Column.text("setting", "setting"));
        for (Arms.Figure figure : arms.figures()) {
            columns.add(Column.number(
                    "",
                    figure.header(),
                    figure.cell().benchmark() + "_" + figure.metric().name()));
            columns.add(
                    Column.csv(figure.cell().benchmark() + "_" + figure.metric().name() + "_low"));
            columns.add(
                    Column.csv(figure.cell().benchmark() + "_" + figure.metric().name() + "_high"));
        }
        boolean ranks = nas().isPresent();
        if (ranks) {
            columns.add(Column.number("", "% of native", "percent_of_native"));
        }
        columns.add(Column.text("Pareto", "dominated_by"));
        List<Row> table = new ArrayList<>();
        List<String> settings = settings();
        List<String> names = new ArrayList<>(settings);
        names.add(Fabrics.NATIVE);
        for (String name : names) {
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(name));
            for (Arms.Figure figure : arms.figures()) {
                Optional<PairedRatio> value = arms.value(figure, name);
                cells.add(value.map(v -> figure(figure, v)).orElse(Cell.EMPTY));
                cells.add(value.map(v -> Cell.number("", v.low())).orElse(Cell.EMPTY));
                cells.add(value.map(v -> Cell.number("", v.high())).orElse(Cell.EMPTY));
            }
            if (ranks) {
                cells.add(nas().flatMap(f -> arms.ratio(f, name, Fabrics.NATIVE))
                        .filter(_ -> !name.equals(Fabrics.NATIVE))
                        .map(r -> Cell.number(Numbers.plusMinus(r.estimate(), r.halfWidth()), 100 * r.estimate()))
                        .orElse(Cell.EMPTY));
            }
            cells.add(
                    name.equals(Fabrics.NATIVE)
                            ? Cell.of("no setting")
                            : Cell.of(arms.dominatedBy(name, settings)
                                    .map(other -> "worse than " + other)
                                    .orElse("on the front")));
            table.add(new Row(name.equals(Fabrics.NATIVE), cells));
        }
        return new Table(
                "pareto",
                "The settings side by side, with half of the 95 % interval",
                1,
                false,
                columns,
                table,
                List.of("On the front: no other setting is better in one column beyond noise and in none worse beyond"
                        + " noise."));
    }

    private Optional<Arms.Figure> nas() {
        return arms.figures().stream()
                .filter(figure -> figure.metric().equals(Metrics.MOPS))
                .findFirst();
    }

    private static Cell figure(Arms.Figure figure, PairedRatio value) {
        double shown = value.estimate() / figure.divisor();
        String text = Numbers.value(shown);
        return Cell.number(
                value.hasInterval() ? text + " ± " + Numbers.value(value.halfWidth() / figure.divisor()) : text,
                value.estimate());
    }

    /// What each value of a parameter was worth in the race: the mean rank of the settings that had it.
    private Optional<Table> effects() {
        Map<String, Map<String, List<Double>>> byValue = new LinkedHashMap<>();
        for (String setting : race.settings()) {
            double rank = race.rank(setting);
            if (Double.isFinite(rank)) {
                values(setting)
                        .forEach((name, value) -> byValue.computeIfAbsent(name, _ -> new TreeMap<>(VALUES))
                                .computeIfAbsent(value, _ -> new ArrayList<>())
                                .add(rank));
            }
        }
        byValue.values().removeIf(values -> values.size() < 2);
        if (byValue.isEmpty()) {
            return Optional.empty();
        }
        List<Row> table = new ArrayList<>();
        byValue.forEach((name, values) -> values.forEach((value, ranks) -> {
            double[] scores = ranks.stream().mapToDouble(Double::doubleValue).toArray();
            PairedRatio effect = PairedRatio.of(scores, (name + value).hashCode());
            table.add(new Row(
                    false,
                    List.of(
                            Cell.of(name),
                            Cell.of(value
                                    + (value.equals(values(Contest.DEFAULT).get(name)) ? " (default)" : "")),
                            Cell.number(String.valueOf(scores.length), scores.length),
                            signed(effect.estimate()),
                            Cell.of(range(effect)),
                            Cell.number("", 100 * (effect.low() - 1)),
                            Cell.number("", 100 * (effect.high() - 1)))));
        }));
        return Optional.of(new Table(
                "effects",
                "What the values of each parameter were worth in the race",
                2,
                true,
                List.of(
                        Column.text("parameter", "parameter"),
                        Column.text("value", "value"),
                        Column.number("", "settings", "settings"),
                        Column.number("", "against the default, %", "percent"),
                        Column.readers("", "95 % interval"),
                        Column.csv("percent_low"),
                        Column.csv("percent_high")),
                table,
                List.of("Over the settings that had this value, whatever their others were; values that go together are"
                        + " not told apart. A race is no confirmation.")));
    }

    /// Numbers by size, with their units of time; words by name.
    static final Comparator<String> VALUES =
            Comparator.comparingDouble(TuneTables::magnitude).thenComparing(s -> s);

    private static double magnitude(String value) {
        java.util.regex.Matcher m =
                java.util.regex.Pattern.compile("(-?\\d+)(us|ms|s)?").matcher(value);
        if (!m.matches()) {
            return Double.NEGATIVE_INFINITY;
        }
        double unit = switch (m.group(2) == null ? "" : m.group(2)) {
            case "us" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            default -> 1;
        };
        return unit * Double.parseDouble(m.group(1));
    }

    private Table entrants() {
        List<String> names = new ArrayList<>(info.fabrics().keySet());
        names.removeIf(name -> name.equals(Contest.DEFAULT) || name.equals(Fabrics.NATIVE));
        names.sort(Comparator.comparingDouble(race::rank).reversed());
        List<Row> table = new ArrayList<>();
        for (String name : names) {
            double[] scores = race.scores(name).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            Optional<String> failure = race.failure(name);
            table.add(new Row(
                    false,
                    List.of(
                            Cell.of(name),
                            Cell.number(String.valueOf(scores.length), scores.length),
                            scores.length == 0
                                    ? Cell.word(failure.isPresent() ? "failed" : "not run")
                                    : signed(Math.exp(PairedRatio.hodgesLehmann(scores))),
                            Cell.number(
                                    scores.length < 2 ? "" : Numbers.fixed(100 * deviation(scores), 1),
                                    scores.length < 2 ? Double.NaN : 100 * deviation(scores)),
                            Cell.of(failure.map(f -> "failed: " + f).orElse(differences(name))))));
        }
        return new Table(
                "race",
                "All settings that raced, the best first",
                1,
                true,
                List.of(
                        Column.text("setting", "setting"),
                        Column.number("", "blocks", "blocks"),
                        Column.number("", "against the default, %", "percent"),
                        Column.number("", "scatter of a block, %", "deviation_percent"),
                        Column.text("what it is", "values")),
                table,
                List.of("Of the race, in which the lucky lead; only the confirmation says what a setting is worth."
                        + " Default: " + info.fabrics().getOrDefault(Contest.DEFAULT, "") + "."));
    }

    private static double deviation(double[] scores) {
        double mean = Arrays.stream(scores).average().orElseThrow();
        return Math.sqrt(Arrays.stream(scores).map(x -> (x - mean) * (x - mean)).sum() / (scores.length - 1));
    }

    /// The study of the confirmation, for plots.
    public Arms arms() {
        return arms;
    }

    /// The settings of the confirmation, the best first, the default last.
    public List<String> confirmed() {
        return settings();
    }
}
