package org.vnetp.macrobench.tune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.hipparchus.random.SobolSequenceGenerator;
import org.vnetp.macrobench.tune.Parameter.Place;
import org.vnetp.macrobench.tune.Parameter.Scale;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.control.StatementParser;

/// The settings that there are. Parameters are conditional: with `mode=guest` nothing polls, so neither rates
/// nor yielding matter, and settings that differ in these alone are one.
///
/// `alpha-u` is spoken of as how many times `alpha-l` it is (`alpha-u-by`), so that no combination is illegal.
public final class Space {
    /// The parameter that tells the upper rate bound as a multiple of the lower.
    static final String BY = "alpha-u-by";

    private static final String ANY = "any";
    private static final long MOST_RATE = 1_000_000_000L;
    private static final Predicate<Setting> ALWAYS = _ -> true;
    private static final Predicate<Setting> POLLS = s -> !s.get("mode").equals("guest");
    private static final Predicate<Setting> ADAPTS = s -> s.get("mode").equals("adaptive");
    private static final Predicate<Setting> SLEEPS =
            POLLS.and(s -> !s.get("yield").equals("immediate"));
    private static final Predicate<Setting> WEIGHED = s -> !s.get("policy").equals("idle");

    private final Map<String, Parameter> parameters;

    private Space(Map<String, Parameter> parameters) {
        this.parameters = parameters;
    }

    /// All that can be set here.
    ///
    /// @param processors of this machine
    /// @param slices whether its kernel has slices for single threads
    public static Space of(int processors, boolean slices) {
        List<Parameter> all = new ArrayList<>();
        all.add(words("mode", "adaptive", Place.RUNNING, ALWAYS, "guest", "adaptive", "vmm"));
        all.add(steps("alpha-l", "1000", ADAPTS, "100", "300", "1000", "3000", "10000", "30000", "100000"));
        all.add(steps(BY, "10", ADAPTS, "2", "5", "10", "30"));
        all.add(steps("omega", "5ms", ADAPTS, "1ms", "2ms", "5ms", "10ms", "20ms", "50ms"));
        all.add(words("yield", "adaptive", Place.RUNNING, POLLS, "immediate", "timed", "adaptive"));
        all.add(steps(
                "t-sleep", "1ms", SLEEPS, "10us", "20us", "50us", "100us", "200us", "500us", "1ms", "2ms", "5ms"));
        all.add(steps(
                "t-noyield",
                "1000",
                POLLS.and(s -> s.get("yield").equals("adaptive")),
                "10",
                "30",
                "100",
                "300",
                "1000",
                "3000",
                "10000",
                "100000"));
        all.add(steps("dispatchers", "1", ALWAYS, powers(1, Math.min(8, processors))));
        all.add(steps("batch", "64", ALWAYS, "1", "4", "16", "32", "64", "128", "256"));
        all.add(words("policy", "other", Place.RUNNING, ALWAYS, "other", "batch", "idle"));
        all.add(steps("nice", "0", WEIGHED, "-10", "-5", "0", "5", "10", "19"));
        if (slices) {
            all.add(words("slice", "auto", Place.RUNNING, WEIGHED, "auto", "100us", "500us", "10ms"));
        }
        if (processors > 1) {
            Set<String> cpus = new LinkedHashSet<>(List.of(ANY, "0", String.valueOf(processors - 1)));
            if (processors > 3) {
                cpus.add(processors - 2 + "-" + (processors - 1));
            }
            all.add(words("cpus", ANY, Place.RUNNING, ALWAYS, cpus.toArray(String[]::new)));
        }
        all.add(words("threads", "shared", Place.START, ALWAYS, "shared", "dedicated"));
        all.add(new Parameter("ring", List.of("64", "256", "auto", "4096"), "auto", Scale.STEPS, Place.START, ALWAYS));
        if (processors > 1) {
            all.add(new Parameter(
                    "queues",
                    powers(1, Math.min(8, processors)),
                    "1",
                    Scale.STEPS,
                    Place.START,
                    s -> !s.get("dispatchers").equals("1")));
        }
        all.add(new Parameter("warm-up", List.of("300", "10000"), "10000", Scale.STEPS, Place.START, ALWAYS));
        Map<String, Parameter> byName = new LinkedHashMap<>();
        all.forEach(parameter -> byName.put(parameter.name(), parameter));
        return new Space(byName);
    }

    private static List<String> powers(int from, int to) {
        List<String> all = new ArrayList<>();
        for (int value = from; value <= to; value *= 2) {
            all.add(String.valueOf(value));
        }
        return all;
    }

    private static Parameter words(
            String name, String usual, Place where, Predicate<Setting> active, String... values) {
        return new Parameter(name, List.of(values), usual, Scale.WORDS, where, active);
    }

    private static Parameter steps(String name, String usual, Predicate<Setting> active, String... values) {
        return steps(name, usual, active, List.of(values));
    }

    private static Parameter steps(String name, String usual, Predicate<Setting> active, List<String> values) {
        return new Parameter(name, values, usual, Scale.STEPS, Place.RUNNING, active);
    }

    /// The parameters, by name.
    public Collection<Parameter> parameters() {
        return parameters.values();
    }

    /// The space within it where some parameters have other or fewer values. A value need not be among those
    /// that are tried otherwise; it must be legal for the node.
    ///
    /// @param texts `NAME=VALUE|VALUE|...`; one value fixes a parameter, and is the default's then too
    /// @throws IllegalArgumentException naming the parameter or value and what was expected
    public Space within(Collection<String> texts) {
        Map<String, Parameter> narrowed = new LinkedHashMap<>(parameters);
        for (String text : texts) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            Parameter parameter = narrowed.get(name);
            if (equals < 0 || parameter == null) {
                throw new IllegalArgumentException("'" + text + "': expected NAME=VALUE|VALUE|..., with a NAME of "
                        + String.join(", ", parameters.keySet()));
            }
            List<String> values = Arrays.asList(text.substring(equals + 1).split("\\|", -1));
            for (String value : values) {
                check(parameter, value);
            }
            // What is fixed is fixed for the default too: a default that it forbids could not be gone back to.
            String usual = values.contains(parameter.usual()) ? parameter.usual() : values.getFirst();
            narrowed.put(
                    name, new Parameter(name, values, usual, parameter.scale(), parameter.where(), parameter.active()));
        }
        return new Space(narrowed);
    }

    /// By the node's own parser, so that what is tried is what a node takes.
    private void check(Parameter parameter, String value) {
        String statement = switch (parameter.name()) {
            case BY -> value.matches("\\d{1,6}") && !value.matches("0+") ? "" : BY + " " + value;
            case "threads" -> value.matches("shared|dedicated") ? "" : "threads " + value;
            case "warm-up" -> value.matches("\\d{1,5}") ? "" : "warm-up " + value;
            case "ring" -> value.equals("auto") ? "" : "nic vnet0 tap ring " + value;
            case "queues" -> "nic vnet0 tap queues " + value;
            default -> "dispatch " + parameter.name() + " " + value;
        };
        if (statement.isEmpty()) {
            return;
        }
        try {
            if (value.isBlank() || value.contains(" ") || value.contains("#")) {
                throw new StatementException("'" + value + "' is no value");
            }
            new StatementParser().parse(statement);
        } catch (StatementException e) {
            throw new IllegalArgumentException(parameter.name() + "=" + value + ": " + e.getMessage(), e);
        }
    }

    /// The setting that everything is compared with.
    public Setting usual() {
        Map<String, String> values = new LinkedHashMap<>();
        parameters.values().forEach(parameter -> values.put(parameter.name(), parameter.usual()));
        return canonical(new Setting(values));
    }

    /// The same setting, with parameters that have no effect at their usual value.
    Setting canonical(Setting setting) {
        Setting current = setting;
        for (Parameter parameter : parameters.values()) {
            if (!parameter.active().test(current)) {
                current = current.with(parameter.name(), parameter.usual());
            }
        }
        return current;
    }

    /// A setting of some values; the others are the default's.
    ///
    /// @throws IllegalArgumentException naming what is no parameter or no value
    public Setting setting(Map<String, String> values) {
        Setting setting = usual();
        for (Map.Entry<String, String> entry : values.entrySet()) {
            Parameter parameter = parameters.get(entry.getKey());
            if (parameter == null) {
                throw new IllegalArgumentException(
                        "'" + entry.getKey() + "': expected one of " + String.join(", ", parameters.keySet()));
            }
            check(parameter, entry.getValue());
            setting = setting.with(entry.getKey(), entry.getValue());
        }
        return canonical(setting);
    }

    /// Whether a parameter of a setting has an effect.
    boolean active(Parameter parameter, Setting setting) {
        return parameter.active().test(setting);
    }

    /// Parameters of which there is more than one value.
    private List<Parameter> free() {
        return parameters.values().stream().filter(p -> p.values().size() > 1).toList();
    }

    /// Where a race starts: first what differs from the default in one parameter (all words; of numbers the
    /// values a step away and the ends), modes with every way to yield, then settings spread over the space by
    /// a Sobol sequence.
    ///
    /// @param count of settings, without the default
    /// @param nodes how many kinds of node there may be beside the default's
    public List<Setting> start(int count, int nodes, Random random) {
        Setting usual = usual();
        Set<Setting> all = new LinkedHashSet<>();
        List<Setting> singles = new ArrayList<>();
        Parameter yield = parameters.get("yield");
        for (String mode : parameters.get("mode").values()) {
            for (String way : yield.values()) {
                all.add(canonical(usual.with("mode", mode).with("yield", way)));
            }
        }
        for (Parameter parameter : free()) {
            Set<String> values = new LinkedHashSet<>(parameter.beside(parameter.usual()));
            if (parameter.scale() == Scale.STEPS) {
                values.add(parameter.values().getFirst());
                values.add(parameter.values().getLast());
            }
            values.forEach(value -> singles.add(canonical(usual.with(parameter.name(), value))));
        }
        java.util.Collections.shuffle(singles, random);
        all.remove(usual);
        List<Setting> chosen = new ArrayList<>(all);
        // Half of what is left differs in one parameter, half in many.
        int left = Math.max(0, count - chosen.size());
        Set<String> kinds = new LinkedHashSet<>();
        for (Setting single : singles) {
            if (chosen.size() >= count - left / 2) {
                break;
            }
            if (!single.equals(usual) && !chosen.contains(single) && admits(kinds, single, nodes)) {
                chosen.add(single);
            }
        }
        SobolSequenceGenerator sobol = new SobolSequenceGenerator(free().size());
        sobol.skipTo(1 + random.nextInt(1000));
        for (int tries = 0; chosen.size() < count && tries < 100 * count; tries++) {
            Setting spread = spread(sobol.nextVector(), kinds, random);
            if (!spread.equals(usual) && !chosen.contains(spread) && admits(kinds, spread, nodes)) {
                chosen.add(spread);
            }
        }
        return chosen.subList(0, Math.min(count, chosen.size()));
    }

    /// A kind of node is brought up once, and no more than so many.
    private boolean admits(Set<String> kinds, Setting setting, int nodes) {
        String kind = kind(setting);
        if (kind.equals(kind(usual())) || kinds.contains(kind)) {
            return true;
        }
        return kinds.size() < nodes && kinds.add(kind);
    }

    private Setting spread(double[] point, Set<String> kinds, Random random) {
        Setting setting = usual();
        int at = 0;
        boolean other = !kinds.isEmpty() && random.nextInt(3) == 0;
        for (Parameter parameter : free()) {
            double share = point[at++];
            if (parameter.where() == Place.RUNNING) {
                int index = Math.min(parameter.values().size() - 1, (int)
                        (share * parameter.values().size()));
                setting = setting.with(parameter.name(), parameter.values().get(index));
            }
        }
        if (other) {
            List<String> all = List.copyOf(kinds);
            for (String word : all.get(random.nextInt(all.size())).split(" ")) {
                String[] parts = word.split("=", 2);
                setting = setting.with(parts[0], parts[1]);
            }
        }
        return canonical(setting);
    }

    /// Settings that differ from one in one step of one parameter, in random order.
    public List<Setting> beside(Setting setting, Random random) {
        Set<Setting> all = new LinkedHashSet<>();
        for (Parameter parameter : free()) {
            if (active(parameter, setting)) {
                for (String value : parameter.beside(setting.get(parameter.name()))) {
                    all.add(canonical(setting.with(parameter.name(), value)));
                }
            }
        }
        all.remove(setting);
        List<Setting> list = new ArrayList<>(all);
        java.util.Collections.shuffle(list, random);
        return list;
    }

    /// What only a start of the node can set, as `threads=shared ring=auto`: settings of one kind share a node.
    public String kind(Setting setting) {
        return parameters.values().stream()
                .filter(parameter -> parameter.where() == Place.START)
                .map(parameter -> parameter.name() + "=" + setting.get(parameter.name()))
                .collect(Collectors.joining(" "));
    }

    /// The `dispatch` statement of a setting.
    ///
    /// @param whole with parameters that have no effect, so that nothing is left of the setting before; else
    ///     without
    public String statement(Setting setting, boolean whole) {
        StringBuilder text = new StringBuilder("dispatch");
        for (Parameter parameter : parameters.values()) {
            if (parameter.where() != Place.RUNNING
                    || !whole
                            && (!active(parameter, setting) || parameter.name().equals(BY))) {
                continue;
            }
            String value = setting.get(parameter.name());
            if (parameter.name().equals(BY)) {
                continue;
            }
            text.append(' ').append(parameter.name()).append(' ').append(value);
            if (parameter.name().equals("alpha-l")) {
                long upper = Math.max(1, Long.parseLong(value) * Long.parseLong(setting.get(BY)));
                text.append(" alpha-u ").append(Math.min(MOST_RATE, upper));
            }
        }
        return text.toString();
    }

    /// What a node's file and command line need for a setting: the `dispatch` statement, and where they are not
    /// the default's, options of its `nic` statement and of the node.
    public List<String> lines(Setting setting) {
        List<String> lines = new ArrayList<>();
        lines.add(statement(setting, false));
        StringBuilder nic = new StringBuilder();
        StringBuilder node = new StringBuilder();
        for (Parameter parameter : parameters.values()) {
            String value = setting.get(parameter.name());
            if (parameter.where() == Place.START && !value.equals(parameter.usual())) {
                boolean ofNic =
                        parameter.name().equals("ring") || parameter.name().equals("queues");
                (ofNic ? nic : node)
                        .append(ofNic ? " " : " --")
                        .append(parameter.name())
                        .append(' ')
                        .append(value);
            }
        }
        if (!nic.isEmpty()) {
            lines.add("nic NAME tap ..." + nic);
        }
        if (!node.isEmpty()) {
            lines.add("./vnetp node FILE" + node);
        }
        return lines;
    }

    /// Of the parameters that have an effect.
    public String describe(Setting setting) {
        return parameters.values().stream()
                .filter(parameter -> active(parameter, setting))
                .map(parameter -> parameter.name() + "=" + setting.get(parameter.name()))
                .collect(Collectors.joining(" "));
    }

    /// A line for each parameter, for `--help` and `--dry-run`.
    public String text() {
        return parameters.values().stream()
                .map(parameter -> String.format(
                        Locale.ROOT,
                        "%-12s %s (default %s)%s",
                        parameter.name(),
                        String.join("|", parameter.values()),
                        parameter.usual(),
                        parameter.where() == Place.START ? ", a node of its own" : ""))
                .collect(Collectors.joining("\n"));
    }
}
