package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.macrobench.campaign.Program;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.mpi.RankJvm;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// One [Exchange] over a fabric that a controller may lead: its whole time, what each host sent
/// over it, and what was decided.
///
/// @param work  pattern and amount, as the params of its cell say it
/// @param part  behind the names of the run's own files, where it makes several
/// @param more  of the exchange's arguments
record ExchangeRun(Supplier<MpiLauncher> launcher, Work work, String part, List<String> more) {
    private static final Pattern BEGUN = Pattern.compile("exchange begin_ms=(\\d+)\\R");
    private static final Pattern SAID = Pattern.compile("exchange seconds=(\\d+\\.\\d+) elsewhere=(\\d+) end");

    /// What is exchanged how often, `alltoall-50` in words.
    record Work(Exchange.Pattern pattern, int amount) {
        static Work parse(String text) {
            String[] parts = text.split("-");
            return new Work(Exchange.Pattern.valueOf(parts[0].toUpperCase(Locale.ROOT)), Integer.parseInt(parts[1]));
        }

        @Override
        public String toString() {
            return pattern.word() + "-" + amount;
        }
    }

    /// What came of it.
    ///
    /// @param elsewhere bytes that ranks sent to other hosts
    /// @param decisions empty where there is no controller
    record Came(Instant begin, double seconds, long elsewhere, Optional<Decisions> decisions) {
        /// What is recorded of bytes: nothing where next to none are sent, which proves no path.
        Workload.Moved moved(Work work) {
            return work.pattern() == Exchange.Pattern.COMPUTE
                    ? Workload.Moved.NOTHING
                    : new Workload.Moved(elsewhere, 0);
        }
    }

    /// What happens to the network meanwhile.
    interface Meanwhile extends AutoCloseable {
        Meanwhile NOTHING = _ -> {};

        /// Begins, on a thread of its own.
        ///
        /// @param output where a line tells that the exchange has begun
        /// @throws UnsupportedOperationException where the fabric's network cannot be treated so
        void begin(Path output);

        /// From when on there was a reason to change something. Asked after [#close].
        default Instant cause(Came came) {
            return came.begin();
        }

        /// Why an exchange that went well says nothing of this; empty where it does. Asked after [#close].
        default Optional<String> trouble(Came came) {
            return Optional.empty();
        }

        /// Ends it, and makes good what it did.
        @Override
        default void close() {}
    }

    ExchangeRun(Supplier<MpiLauncher> launcher, Work work) {
        this(launcher, work, "", List.of());
    }

    /// When an exchange began that writes to a file; empty: not yet.
    static OptionalLong begunMs(Path output) throws IOException {
        Matcher begun = BEGUN.matcher(Files.exists(output) ? Program.text(output) : "");
        return begun.find() ? OptionalLong.of(Long.parseLong(begun.group(1))) : OptionalLong.empty();
    }

    /// @return empty where it failed, which is then recorded
    Optional<Came> over(Workload.Setup setup, Meanwhile meanwhile, Run run) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(work.pattern().word(), Integer.toString(work.amount())));
        arguments.addAll(more);
        ProcessBuilder command = launcher.get()
                .over(
                        setup.fabric(),
                        setup.fabric().endpoints().size(),
                        RankJvm.command(0, List.of(), Exchange.class, arguments));
        Path output = Path.of(setup.raw() + part + ".txt");
        Path errors = Path.of(setup.raw() + part + ".err.txt");
        LedRun led = LedRun.begin(setup.fabric());
        Program.Result result;
        try (led;
                meanwhile) {
            meanwhile.begin(output);
            result = Program.run(command, output, errors, setup.limit());
        }
        if (setup.killed("ranks", result, run)) {
            return Optional.empty();
        }
        OptionalLong begun = begunMs(output);
        Matcher said = SAID.matcher(Program.text(output));
        if (result.exitCode() != 0 || begun.isEmpty() || !said.find()) {
            run.ended(Status.FAILED, "mpirun ended with " + result.exitCode() + Program.said(Program.text(errors)));
            return Optional.empty();
        }
        Instant begin = Instant.ofEpochMilli(begun.getAsLong());
        Optional<Decisions> decisions = led.keep(Path.of(setup.raw() + part), begin, run);
        return Optional.of(
                new Came(begin, Double.parseDouble(said.group(1)), Long.parseLong(said.group(2)), decisions));
    }
}
