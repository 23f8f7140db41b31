package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.vnetp.macrobench.mpi.MpiLauncher;
import org.vnetp.macrobench.testbed.Fabric;
import org.vnetp.macrobench.testbed.FabricException;
import org.vnetp.reports.result.Params;

/// A link gets slower under a job: hosts b and c swap long messages, and four seconds after that
/// has begun what they send each other goes at a fifth of the links' rate, until the end. Over
/// another host it could go at half of it.
///
/// Two negative controls: `link=noise` only wavers, 80 to 100 % of the rate, anew each second;
/// and small messages (`work=grid-...`), which the slower link does not hold up.
final class SlowLink extends ExchangingWorkload {
    private static final int FROM = 1;
    private static final int TO = 2;
    private static final int MEGABYTES = 150;
    private static final int ROUNDS = 40_000;
    private static final long BEFORE_MS = 4_000;
    private static final double SLOWER = 0.2; // of the links' rate
    /// The link has a rate of its own from the beginning on, so that nothing is lost when it
    /// changes.
    private static final double BARELY = 0.999;

    private static final long WAVER_MS = 1_000;
    private static final double LEAST = 0.8;
    private static final long LOOK_MS = 20;
    private static final String NOISE = "noise";

    SlowLink(Supplier<MpiLauncher> launcher) {
        super(launcher);
    }

    @Override
    public String name() {
        return "slow-link";
    }

    @Override
    public boolean needsOurHosts() {
        return true; // their links get a rate for each pair
    }

    @Override
    List<ExchangeRun.Work> works() {
        return List.of(new ExchangeRun.Work(Exchange.Pattern.PAIR, MEGABYTES));
    }

    @Override
    List<ExchangeRun.Work> controls() {
        return List.of(new ExchangeRun.Work(Exchange.Pattern.GRID, ROUNDS));
    }

    @Override
    public List<Params> cells() {
        ExchangeRun.Work pair = works().getFirst();
        return List.of(
                Params.of("work", pair.toString(), "link", "slower"),
                Params.of("work", pair.toString(), "link", NOISE),
                Params.of("work", controls().getFirst().toString(), "link", "slower"));
    }

    @Override
    public boolean sized() {
        return true;
    }

    /// @param sizes megabytes each way
    @Override
    public List<Params> cells(List<Integer> sizes) {
        return sizes.stream()
                .map(size -> Params.of(
                        "work", new ExchangeRun.Work(Exchange.Pattern.PAIR, size).toString(), "link", "slower"))
                .toList();
    }

    /// A link that only wavers calls for no change either. In a star, links that are added help both.
    @Override
    boolean isNegative(Setup setup, ExchangeRun.Work work) {
        boolean star = "star".equals(setup.fabric().spec().options().get("topology"));
        return (wavers(setup) || isControl(work)) && !star;
    }

    @Override
    ExchangeRun.Meanwhile meanwhile(Setup setup) {
        return new Trouble(setup.fabric(), wavers(setup));
    }

    private static boolean wavers(Setup setup) {
        return setup.params().get("link").equals(NOISE);
    }

    /// What becomes of the link, on a thread of its own.
    private static final class Trouble implements ExchangeRun.Meanwhile {
        private final Fabric fabric;
        private final boolean noise;
        private final CountDownLatch over = new CountDownLatch(1);
        private Thread thread;
        private volatile Instant cause;
        private volatile String failure;

        Trouble(Fabric fabric, boolean noise) {
            this.fabric = fabric;
            this.noise = noise;
        }

        @Override
        public void begin(Path output) {
            fabric.slow(FROM, TO, BARELY);
            thread = Thread.ofPlatform().name("slow link").daemon(true).start(() -> run(output));
        }

        private void run(Path output) {
            try {
                OptionalLong begun = ExchangeRun.begunMs(output);
                while (begun.isEmpty()) {
                    if (over.await(LOOK_MS, TimeUnit.MILLISECONDS)) {
                        return;
                    }
                    begun = ExchangeRun.begunMs(output);
                }
                long due = begun.getAsLong() + BEFORE_MS - System.currentTimeMillis();
                if (over.await(Math.max(0, due), TimeUnit.MILLISECONDS)) {
                    return;
                }
                cause = Instant.now();
                fabric.slow(FROM, TO, noise ? LEAST : SLOWER);
                Random random = new Random(18);
                while (noise && !over.await(WAVER_MS, TimeUnit.MILLISECONDS)) {
                    fabric.slow(FROM, TO, LEAST + (BARELY - LEAST) * random.nextDouble());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | FabricException e) {
                failure = "the link could not be made slower: " + e.getMessage();
            }
        }

        @Override
        public Instant cause(ExchangeRun.Came came) {
            return cause;
        }

        @Override
        public Optional<String> trouble(ExchangeRun.Came came) {
            if (failure != null) {
                return Optional.of(failure);
            }
            return cause != null
                    ? Optional.empty()
                    : Optional.of("all was exchanged before the link got slower, in " + came.seconds()
                            + " s: expected more than " + BEFORE_MS / 1000 + "; give more megabytes by --sizes");
        }

        @Override
        public void close() {
            over.countDown();
            try {
                if (thread != null) {
                    thread.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                if (thread != null) {
                    fabric.slow(FROM, TO, 1);
                }
            }
        }
    }
}
