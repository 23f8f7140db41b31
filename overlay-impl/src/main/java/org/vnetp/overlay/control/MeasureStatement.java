package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.Optional;
import org.vnetp.overlay.measure.Probe;

/// `measure`: what the node finds out about its links.
final class MeasureStatement {
    private static final int LEAST_MB = 1;
    private static final int DEFAULT_MB = 64;
    private static final int MOST_MB = 1 << 20;
    private static final int MOST_MBIT = 1_000_000;

    private static final Argument<String> LINK =
            Argument.name("LINK", "a link's name", 64, "a link, as 'show links' tells it");
    private static final Argument<Path> FILE = new Argument<>(
            "FILE",
            LinkStatement.PATH_EXPECTED,
            "an absolute path; a line of JSON for each link and second goes there",
            LinkStatement::path);
    private static final Option<Integer> SIZE = Option.of(
            "size",
            Argument.number(
                    "MB",
                    "megabytes",
                    LEAST_MB,
                    MOST_MB,
                    "most megabytes of FILE and FILE.1, into which it is moved by halves; " + DEFAULT_MB
                            + " unless told"));

    private static final Option<Integer> OF = Option.of(
            "of",
            Argument.number(
                    "MBIT",
                    "megabits a second",
                    1,
                    MOST_MBIT,
                    "only whether so many megabits a second are, by up to three trains at that rate"));

    static final Syntax SYNTAX = Syntax.of(
                    "measure",
                    "finds out delay, loss, rate and capacity of links",
                    Form.of("on").makes(_ -> new Switch(true)),
                    Form.of("off").makes(_ -> new Switch(false)),
                    Form.of("link", LINK, "echo").makes(said -> ask(said, Probe.Kind.ECHO)),
                    Form.of("link", LINK, "capacity").makes(said -> ask(said, Probe.Kind.CAPACITY)),
                    Form.of("link", LINK, "free").options(OF).makes(MeasureStatement::free),
                    Form.of("log", FILE)
                            .options(SIZE)
                            .makes(said -> new Log(
                                    Optional.of(said.get(FILE)),
                                    said.number(SIZE).orElse(DEFAULT_MB))),
                    Form.of("nolog").makes(_ -> new Log(Optional.empty(), DEFAULT_MB)))
            .notes(
                    "Off unless told. While it is on two echoes a second go over each link, and arrivals are stamped by the"
                            + " kernel; 'show measurements' tells what is known. The other node answers whether it"
                            + " measures or not, but stamps arrivals better where it does.",
                    "echo asks one round trip, by two echoes of which the second counts; capacity what the link takes,"
                            + " by trains of datagrams: some megabytes as fast as the node can; free what it has to"
                            + " spare, by the same and trains at set rates. They return at once, whether measuring is"
                            + " on or off; 'show measurements' tells what came of it.");

    private MeasureStatement() {}

    private static Ask ask(Said said, Probe.Kind what) {
        return new Ask(said.get(LINK), new Probe(what, Double.NaN));
    }

    private static Ask free(Said said) {
        Optional<Integer> megabits = said.get(OF);
        return megabits.map(each -> new Ask(said.get(LINK), Probe.freeOf(each * 1e6)))
                .orElseGet(() -> ask(said, Probe.Kind.FREE));
    }

    /// `measure on`, `measure off`
    record Switch(boolean on) implements Statement {
        @Override
        public void apply(ConfigEditor config) {
            config.measuring(on);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) {
            works.actuator().measure(on);
        }
    }

    /// `measure link LINK echo`, and the other probes.
    record Ask(String link, Probe what) implements Statement {
        @Override
        public void apply(ConfigEditor config) throws StatementException {
            config.link(link);
        }

        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator().probe(after.links().get(link), what);
        }
    }

    /// `measure log FILE`, `measure nolog`
    record Log(Optional<Path> file, int megabytes) implements Statement {
        @Override
        public void carryOut(Works works, NodeConfig before, NodeConfig after) throws StatementException {
            works.actuator().measureLog(file, megabytes * 1_000_000L);
        }
    }
}
