package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// Badly placed guests: four ranks at two sites talk in pairs, each pair with the line between. A
/// controller advises which guests would be better elsewhere, but moves none. Its advice is
/// followed here by whom it cannot harm: the same is exchanged once more with the ranks placed as
/// advised, so that what it predicted is compared with what comes. The time is that of the first
/// exchange.
///
/// Where each pair is at one site already (`work=together-...`), nothing may be advised.
final class Placement extends ExchangingWorkload {
    private static final int APART_ROUNDS = 2000;
    private static final int TOGETHER_ROUNDS = 60_000;

    Placement(Supplier<MpiLauncher> launcher) {
        super(launcher);
    }

    @Override
    public String name() {
        return "placement";
    }

    @Override
    public int sites() {
        return 2;
    }

    @Override
    List<ExchangeRun.Work> works() {
        return List.of(new ExchangeRun.Work(Exchange.Pattern.APART, APART_ROUNDS));
    }

    @Override
    List<ExchangeRun.Work> controls() {
        return List.of(new ExchangeRun.Work(Exchange.Pattern.TOGETHER, TOGETHER_ROUNDS));
    }

    @Override
    void also(Setup setup, ExchangeRun.Work work, ExchangeRun.Came came, Run run)
            throws IOException, InterruptedException {
        Optional<Decisions.Advice> advice = came.decisions().flatMap(Decisions::placement);
        if (isControl(work) || advice.isEmpty()) {
            return;
        }
        List<String> partners = partners(
                setup.fabric().endpoints().stream().map(Endpoint::hostName).toList(),
                advice.get().homes());
        Optional<ExchangeRun.Came> again = new ExchangeRun(
                        launcher,
                        new ExchangeRun.Work(Exchange.Pattern.PARTNERS, work.amount()),
                        ".as-advised",
                        partners)
                .over(setup, ExchangeRun.Meanwhile.NOTHING, run);
        if (again.isPresent()) {
            run.value(Metrics.PREDICTED_GAIN, 100 * advice.get().gain());
            run.value(Metrics.MEASURED_GAIN, 100 * (came.seconds() / again.get().seconds() - 1));
        } else if (run.status() == Status.OK) {
            run.ended(Status.FAILED, "nothing came of the exchange with ranks placed as advised");
        }
    }

    /// With whom each guest's rank talks once ranks are where their guests are advised to be: the
    /// rank at a host is then that of the guest which would have come there.
    ///
    /// @param nodes of the guests, in their order
    /// @throws IllegalArgumentException where the advice is none for these
    static List<String> partners(List<String> nodes, List<Decisions.Home> homes) {
        int[] at = IntStream.range(0, nodes.size()).toArray(); // the host of each rank
        for (Decisions.Home home : homes) {
            int from = nodes.indexOf(home.from());
            int to = nodes.indexOf(home.to());
            if (from < 0 || to < 0) {
                throw new IllegalArgumentException(home + ": expected two of " + nodes);
            }
            at[from] = to;
        }
        if (Arrays.stream(at).distinct().count() != at.length) {
            throw new IllegalArgumentException(homes + ": expected a guest for each of " + nodes);
        }
        String[] partners = new String[at.length];
        for (int rank = 0; rank < at.length; rank++) {
            partners[at[rank]] = Integer.toString(at[rank ^ Exchange.APART_BY]);
        }
        return List.of(partners);
    }
}
