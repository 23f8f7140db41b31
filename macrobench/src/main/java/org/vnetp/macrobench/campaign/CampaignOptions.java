package org.vnetp.macrobench.campaign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that every command with a campaign has, as a picocli mixin. What is null was not given.
public final class CampaignOptions {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h|min)?");
    private static final int MOST_BLOCKS = 10_000;

    @Option(
            names = "--blocks",
            paramLabel = "N|MIN-MAX",
            description = "How often every cell is run: exactly N times, or from MIN on until its interval is narrow.")
    private String blocks;

    @Option(
            names = "--precision",
            paramLabel = "PERCENT",
            description = "An interval of +- this is narrow. Default: 2.")
    private Double precision;

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            description =
                    "Ends after this time of runs: 90s, 10m, 2h, none. What is given is kept; where none is, every cell"
                            + " is run once at least.")
    private String budget;

    /// In the command that repeats a run whose budget was a default.
    @Option(names = "--first-round-whole", hidden = true)
    private boolean firstRoundWhole;

    @Option(names = "--seed", paramLabel = "N", description = "Of the order of runs. Default: random, and recorded.")
    private Long seed;

    @Option(names = "--quick", description = "A look in about two minutes.")
    private boolean quick;

    @Option(names = "--dry-run", description = "Prints the plan and how long it takes; runs nothing.")
    private boolean dryRun;

    @Mixin
    private final ResultOptions result = new ResultOptions();

    /// How many blocks, both ends included.
    public record Blocks(int least, int most) {}

    /// @param otherwise where none were given
    /// @throws IllegalArgumentException naming what was expected
    public Blocks blocks(Blocks otherwise) {
        if (blocks == null) {
            return otherwise;
        }
        String[] ends = blocks.split("-", -1);
        if (ends.length > 2) {
            throw new IllegalArgumentException("--blocks '" + blocks + "': expected N or MIN-MAX");
        }
        int least = number("--blocks", ends[0], 1, MOST_BLOCKS);
        return new Blocks(least, ends.length == 1 ? least : number("--blocks", ends[1], least, MOST_BLOCKS));
    }

    /// @param otherwise where none was given
    /// @return null for no end
    public Duration budget(Duration otherwise) {
        return budget == null ? otherwise : duration("--budget", budget);
    }

    /// Whether the budget cuts the first round too: where the user set it.
    public boolean cutsFirstRound() {
        return budget != null && !firstRoundWhole;
    }

    /// The words that repeat what was decided about budget and precision.
    ///
    /// @param time the budget, null for none
    public List<String> words(Duration time) {
        List<String> words = new ArrayList<>(List.of("--budget", time == null ? "none" : time.toSeconds() + "s"));
        if (!cutsFirstRound()) {
            words.add("--first-round-whole");
        }
        if (precision != null) {
            words.addAll(List.of("--precision", String.valueOf(precision)));
        }
        return words;
    }

    /// Whether the user said how narrow intervals are to be: then wider ones are no good end.
    public boolean precisionGiven() {
        return precision != null;
    }

    /// The half width of an interval that is narrow, in percent.
    public double precision() {
        double narrow = precision == null ? 2 : precision;
        if (!(narrow >= 0 && narrow <= 100)) {
            throw new IllegalArgumentException("--precision " + narrow + ": expected percent from 0 to 100");
        }
        return narrow;
    }

    /// The seed given, or a random one that stays the same from then on.
    public long seed() {
        if (seed == null) {
            seed = Plan.randomSeed();
        }
        return seed;
    }

    public boolean quick() {
        return quick;
    }

    public boolean dryRun() {
        return dryRun;
    }

    public Path out() {
        return result.out();
    }

    public Path resume() {
        return result.resume();
    }

    public boolean json() {
        return result.json();
    }

    public boolean quiet() {
        return result.quiet();
    }

    /// As [ResultOptions#showAs].
    public void showAs(CampaignOptions resuming) {
        result.showAs(resuming.result);
    }

    /// What an inventory file holds, for the help of every command that takes one.
    public static final String INVENTORY =
            "%nAn inventory (--hosts FILE) has one machine a line: its name, how ssh reaches it, and for each fabric%n"
                    + "NAME=ADDRESS,INTERFACE. All machines have the same fabrics, set up by their owner, native among them.%n"
                    + "A line that begins with option gives options to every ssh; # begins a comment:%n"
                    + "  option -o StrictHostKeyChecking=accept-new%n"
                    + "  n1  bench@n1.example.org  native=10.0.0.1,eth0  vnetp=10.99.0.1,vnet0%n"
                    + "  n2  bench@n2.example.org  native=10.0.0.2,eth0  vnetp=10.99.0.2,vnet0";

    /// A command line as a shell takes it: words with blanks and the like in quotes.
    public static String quoted(List<String> words) {
        return String.join(
                " ",
                words.stream()
                        .map(word -> word.matches("[\\p{L}\\p{N}_./:=,+@-]+")
                                ? word
                                : "'" + word.replace("'", "'\\''") + "'")
                        .toList());
    }

    /// Reads a whole number.
    ///
    /// @throws IllegalArgumentException naming the option and the range
    public static int number(String option, String text, int least, int most) {
        try {
            int n = Integer.parseInt(text);
            if (n >= least && n <= most) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(option + " '" + text + "': expected a number from " + least + " to " + most);
    }

    /// Reads `90s`, `10m`, `2h`, `45` (seconds); null for `none`.
    public static Duration duration(String option, String text) {
        if (text.equals("none")) {
            return null;
        }
        Matcher m = DURATION.matcher(text);
        if (!m.matches() || Integer.parseInt(m.group(1)) == 0) {
            throw new IllegalArgumentException(option + " '" + text + "': expected a time such as 90s, 10m or 2h");
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2) == null ? "s" : m.group(2)) {
            case "s" -> Duration.ofSeconds(n);
            case "h" -> Duration.ofHours(n);
            default -> Duration.ofMinutes(n);
        };
    }
}
