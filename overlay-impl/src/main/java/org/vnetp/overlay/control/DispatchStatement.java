package org.vnetp.overlay.control;

import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.vnetp.overlay.dispatch.DispatchMode;
import org.vnetp.overlay.dispatch.DispatchSettings;
import org.vnetp.overlay.dispatch.LoopScheduling;
import org.vnetp.overlay.dispatch.YieldStrategy;

/// `dispatch PARAMETER VALUE ...`: what is empty stays as it is.
public record DispatchStatement(
        Optional<DispatchMode> out,
        Optional<DispatchMode> in,
        OptionalLong alphaL,
        OptionalLong alphaU,
        OptionalLong omegaNs,
        Optional<YieldStrategy> yield,
        OptionalLong tSleepNs,
        OptionalInt tNoyieldRounds,
        OptionalInt dispatchers,
        OptionalInt batch,
        Optional<Boolean> optimistic,
        Optional<Boolean> cutThrough,
        Optional<LoopScheduling.Policy> policy,
        OptionalInt nice,
        OptionalLong sliceNs,
        Optional<BitSet> cpus)
        implements Statement {
    private static final int MOST = 1_000_000_000;

    private static Argument<DispatchMode> mode(String whose) {
        Argument<DispatchMode> one = Argument.oneOf(DispatchMode.values(), each -> "");
        return new Argument<>(one.placeholder(), one.expected(), whose, one.reader());
    }

    private static final Option<DispatchMode> MODE = Option.of(
            "mode",
            Argument.oneOf(DispatchMode.values(), each -> switch (each) {
                case GUEST -> "block until the guest or the network wakes the node: lowest cost";
                case VMM -> "poll both sides: lowest latency, a core each";
                case ADAPTIVE -> "between the two by packet rate, each direction for itself; the default";
            }),
            "mode-out",
            "mode-in");
    private static final Option<DispatchMode> MODE_OUT =
            Option.of("mode-out", mode("of the way from guests to links alone"), "mode");
    private static final Option<DispatchMode> MODE_IN =
            Option.of("mode-in", mode("of the way from links to guests alone"), "mode");
    private static final Option<Integer> ALPHA_L = Option.of(
            "alpha-l",
            Argument.number("N", "packets/s", 0, MOST, "packets/s below which an adaptive direction blocks"));
    private static final Option<Integer> ALPHA_U = Option.of(
            "alpha-u", Argument.number("N", "packets/s", 1, MOST, "packets/s above which an adaptive direction polls"));
    private static final Option<Long> OMEGA = Option.of(
            "omega",
            Argument.duration(
                    "TIME", "a window", 100_000, 10_000_000_000L, "the window over which that rate is taken"));
    private static final Option<YieldStrategy> YIELD =
            Option.of("yield", Argument.oneOf(YieldStrategy.values(), each -> switch (each) {
                case IMMEDIATE -> "an idle polling loop yields the processor at once";
                case TIMED -> "it sleeps t-sleep";
                case ADAPTIVE -> "it yields, and sleeps once it was idle for t-noyield rounds";
            }));
    private static final Option<Long> T_SLEEP = Option.of(
            "t-sleep", Argument.duration("TIME", "a time", 1_000, 1_000_000_000L, "how long such a sleep is"));
    private static final Option<Integer> T_NOYIELD =
            Option.of("t-noyield", Argument.number("N", "rounds", 0, MOST, "idle rounds before the first sleep"));
    private static final Option<Integer> DISPATCHERS = Option.of(
            "dispatchers",
            Argument.number(
                    "N",
                    "loops",
                    1,
                    DispatchSettings.MAX_DISPATCHERS,
                    "loops that move frames; changing it stops them for some milliseconds"));
    private static final Option<Integer> BATCH = Option.of(
            "batch",
            Argument.number(
                    "N", "frames", 1, DispatchSettings.MAX_BATCH, "most frames taken from one side in a round"));

    private enum Switch {
        ON,
        OFF
    }

    private static Option<Switch> onOrOff(String word, String what) {
        Argument<Switch> one = Argument.oneOf(Switch.values(), each -> "");
        return Option.of(word, new Argument<>(one.placeholder(), one.expected(), what, one.reader()));
    }

    private static final Option<Switch> OPTIMISTIC = onOrOff(
            "optimistic",
            "wake a virtual machine's guest as soon as its link is readable, before the frame has been read; off unless"
                    + " told");
    private static final Option<Switch> CUT_THROUGH = onOrOff(
            "cut-through", "send a virtual machine's long frames from its own memory, without a copy; on unless told");
    private static final Option<LoopScheduling.Policy> POLICY =
            Option.of("policy", Argument.oneOf(LoopScheduling.Policy.values(), each -> switch (each) {
                case OTHER -> "of the kernel's scheduler for the loops' threads; the usual one, the default";
                case BATCH -> "a loop that wakes up does not displace who runs";
                case IDLE -> "loops run where nobody else wants to, nearly";
            }));
    private static final Option<Integer> NICE = Option.of("nice", niceness());
    private static final Option<Long> SLICE = Option.of("slice", slice());
    private static final Option<BitSet> CPUS = Option.of("cpus", cpuList());

    private static Argument<Integer> niceness() {
        String expected = "a nice value, " + LoopScheduling.LEAST_NICE + ".." + LoopScheduling.MOST_NICE;
        return new Argument<>(
                "N",
                expected,
                "of the loops' threads: how little processor time they get beside others; 0 unless told ("
                        + LoopScheduling.LEAST_NICE + ".." + LoopScheduling.MOST_NICE + ")",
                words -> {
                    String word = words.take(expected);
                    if (!word.matches("-?\\d{1,2}")) {
                        throw Words.refused(word, expected);
                    }
                    int value = Integer.parseInt(word);
                    if (value < LoopScheduling.LEAST_NICE || value > LoopScheduling.MOST_NICE) {
                        throw Words.refused(word, expected);
                    }
                    return value;
                });
    }

    private static Argument<Long> slice() {
        Argument<Long> time = Argument.duration(
                "auto|TIME",
                "auto or a time",
                LoopScheduling.LEAST_SLICE_NS,
                LoopScheduling.MOST_SLICE_NS,
                "how long a loop runs before others get their turn; a short slice is also served sooner after a wake-up."
                        + " Linux 6.12 and later; auto, the kernel's own, unless told");
        return new Argument<>(time.placeholder(), time.expected(), time.help(), words -> {
            if (words.peek(time.expected()).equals("auto")) {
                words.take(time.expected());
                return 0L;
            }
            return time.reader().read(words);
        });
    }

    private static Argument<BitSet> cpuList() {
        String expected = "any, or numbers of CPUs as 0,2-3";
        return new Argument<>(
                "any|LIST",
                expected,
                "CPUs that the loops' threads are bound to, as 0,2-3; any, those that the node was started with, unless"
                        + " told",
                words -> {
                    String word = words.take(expected);
                    BitSet cpus = new BitSet();
                    if (word.equals("any")) {
                        return cpus;
                    }
                    for (String part : word.split(",", -1)) {
                        if (!part.matches("\\d{1,4}(-\\d{1,4})?")) {
                            throw Words.refused(word, expected);
                        }
                        String[] ends = part.split("-");
                        int from = Integer.parseInt(ends[0]);
                        int to = Integer.parseInt(ends[ends.length - 1]);
                        if (from > to || to >= LoopScheduling.MOST_CPUS) {
                            throw Words.refused(word, expected);
                        }
                        cpus.set(from, to + 1);
                    }
                    return cpus;
                });
    }

    static final Syntax SYNTAX = Syntax.of(
                    "dispatch",
                    "how the node's loops wait and poll",
                    Form.of()
                            .someOf(
                                    MODE,
                                    MODE_OUT,
                                    MODE_IN,
                                    ALPHA_L,
                                    ALPHA_U,
                                    OMEGA,
                                    YIELD,
                                    T_SLEEP,
                                    T_NOYIELD,
                                    DISPATCHERS,
                                    BATCH,
                                    OPTIMISTIC,
                                    CUT_THROUGH,
                                    POLICY,
                                    NICE,
                                    SLICE,
                                    CPUS)
                            .makes(DispatchStatement::of))
            .notes(
                    "VNET/P's parameters under their own names; at least one is said, the others stay. 'show dispatch' tells"
                            + " them, the modes and why they changed.",
                    "policy, nice, slice and cpus are this project's own: they keep loops out of the way of guests that"
                            + " compute.");

    private static DispatchStatement of(Said said) {
        return new DispatchStatement(
                said.get(MODE).or(() -> said.get(MODE_OUT)),
                said.get(MODE).or(() -> said.get(MODE_IN)),
                big(said, ALPHA_L),
                big(said, ALPHA_U),
                said.big(OMEGA),
                said.get(YIELD),
                said.big(T_SLEEP),
                said.number(T_NOYIELD),
                said.number(DISPATCHERS),
                said.number(BATCH),
                said.get(OPTIMISTIC).map(Switch.ON::equals),
                said.get(CUT_THROUGH).map(Switch.ON::equals),
                said.get(POLICY),
                said.number(NICE),
                said.big(SLICE),
                said.get(CPUS));
    }

    private static OptionalLong big(Said said, Option<Integer> option) {
        OptionalInt value = said.number(option);
        return value.isPresent() ? OptionalLong.of(value.getAsInt()) : OptionalLong.empty();
    }

    @Override
    public void apply(ConfigEditor config) throws StatementException {
        DispatchSettings d = config.dispatch();
        try {
            config.dispatch(new DispatchSettings(
                    out.orElse(d.out()),
                    in.orElse(d.in()),
                    alphaL.orElse(d.alphaL()),
                    alphaU.orElse(d.alphaU()),
                    omegaNs.orElse(d.omegaNs()),
                    yield.orElse(d.yield()),
                    tSleepNs.orElse(d.tSleepNs()),
                    tNoyieldRounds.orElse(d.tNoyieldRounds()),
                    dispatchers.orElse(d.dispatchers()),
                    batch.orElse(d.batch()),
                    optimistic.orElse(d.optimistic()),
                    cutThrough.orElse(d.cutThrough()),
                    new LoopScheduling(
                            policy.orElse(d.scheduling().policy()),
                            nice.orElse(d.scheduling().nice()),
                            sliceNs.orElse(d.scheduling().sliceNs()),
                            cpus.orElse(d.scheduling().cpus()))));
        } catch (IllegalArgumentException e) {
            throw new StatementException(e.getMessage());
        }
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
        works.actuator().dispatch(after.dispatch());
    }
}
