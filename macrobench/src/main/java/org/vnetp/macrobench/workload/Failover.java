package org.vnetp.macrobench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.vnetp.macrobench.testbed.Endpoint;
import org.vnetp.reports.result.Metric;
import org.vnetp.reports.result.Metrics;
import org.vnetp.reports.result.Params;
import org.vnetp.reports.result.Run;
import org.vnetp.reports.result.Status;

/// How long two guests do not reach each other whose way dies without a word: frames between two hosts vanish under a
/// stream of numbered datagrams from host b to host c, sent by a schedule. The outage is the longest time between two
/// that arrived, less the time between two that were sent. A fabric that does not route around never gets any again,
/// and its run fails with that reason.
///
/// `dies=direct` is the link between b and c; `dies=hub` that between b and the first host, for stars.
final class Failover implements Workload {
    private static final int HOSTS = 4;
    private static final int FROM = 1;
    private static final int TO = 2;
    private static final String PORT = "7013";
    private static final int PAYLOAD = 64;
    private static final int RATE = 2000;
    private static final double BEFORE_SECONDS = 4;
    private static final double SECONDS = 14;
    private static final long ANSWER_SECONDS = 5;
    private static final long IN_FLIGHT_MS = 200;

    @Override
    public String name() {
        return "failover";
    }

    @Override
    public Metric primary() {
        return Metrics.OUTAGE;
    }

    @Override
    public boolean busy() {
        return false;
    }

    @Override
    public List<Params> cells() {
        return List.of(Params.of("dies", "direct"), Params.of("dies", "hub"));
    }

    @Override
    public int hosts() {
        return HOSTS;
    }

    @Override
    public boolean movesGuest() {
        return true; // wants hosts that are ours
    }

    @Override
    public boolean byDefault() {
        return false;
    }

    @Override
    public Duration overhead() {
        return Duration.ofMillis(Math.round(1000 * SECONDS) + 8_000);
    }

    @Override
    public List<Need> needs() {
        return Need.ofOurs();
    }

    @Override
    public Moved run(Setup setup, Run run) throws IOException, InterruptedException {
        run.value(Metrics.OUTAGE, Double.NaN);
        boolean hub = setup.params().get("dies").equals("hub");
        int other = hub ? 0 : TO;
        setup.fabric().restartAdapter();
        List<Endpoint> all = setup.fabric().endpoints();
        Endpoint guest = all.get(TO);
        try (Talk watch = new Talk(
                        guest,
                        Path.of(setup.raw() + ".watch.txt"),
                        ArrivalWatch.class,
                        "watch",
                        PORT,
                        Integer.toString((int) (RATE * SECONDS) + 1));
                Talk source = new Talk(
                        all.get(FROM),
                        Path.of(setup.raw() + ".source.txt"),
                        DatagramLoad.class,
                        "source",
                        guest.address(),
                        PORT,
                        Integer.toString(PAYLOAD))) {
            watch.read("ready", ANSWER_SECONDS);
            source.read("ready", ANSWER_SECONDS);
            source.say("send 1 " + RATE + " 1");
            source.read("sent=", ANSWER_SECONDS + 1);
            tell(watch, "reset 2", "reset=");
            source.say("send 2 " + RATE + " " + SECONDS);
            Thread.sleep(Math.round(1000 * BEFORE_SECONDS));
            tell(watch, "begin", "begun=");
            Instant cause = Instant.now();
            Map<String, Double> sent;
            try {
                setup.fabric().silence(FROM, other, true);
                sent = source.read("sent=", (long) SECONDS + ANSWER_SECONDS);
                Thread.sleep(IN_FLIGHT_MS);
            } finally {
                setup.fabric().silence(FROM, other, false);
            }
            tell(watch, "end", "ended=");
            Migration.record(
                    run,
                    RATE,
                    sent.get("sent"),
                    tell(watch, "report " + sent.get("sent").longValue(), "received="));
            setup.fabric().adapter().ifPresent(adapter -> Adaptation.record(adapter, false, cause, run));
        } catch (UnsupportedOperationException e) {
            run.ended(Status.SKIPPED, "not applicable: " + e.getMessage());
            return null;
        }
        return Moved.NOTHING;
    }

    private static Map<String, Double> tell(Talk to, String line, String answer)
            throws IOException, InterruptedException {
        to.say(line);
        return to.read(answer, ANSWER_SECONDS);
    }
}
