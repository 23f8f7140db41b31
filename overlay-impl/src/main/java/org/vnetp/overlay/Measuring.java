package org.vnetp.overlay;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.vnetp.overlay.control.NodeConfig;
import org.vnetp.overlay.control.StatementException;
import org.vnetp.overlay.dispatch.DispatchLoop;
import org.vnetp.overlay.measure.DemandEstimator;
import org.vnetp.overlay.measure.Demands;
import org.vnetp.overlay.measure.Echo;
import org.vnetp.overlay.measure.LinkEstimates;
import org.vnetp.overlay.measure.LinkMeter;
import org.vnetp.overlay.measure.LinkReport;
import org.vnetp.overlay.measure.Probe;
import org.vnetp.overlay.measure.Probing;
import org.vnetp.overlay.stats.LoopStatistics;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.Snapshot;

/// Measures a node's links: has their meters send echoes twice a second while it is told to, and
/// trains when it is asked, and puts together what comes back.
///
/// **Thread:** one at a time, under the node's lock.
final class Measuring {
    /// Between two pairs of echoes.
    static final long ECHO_NS = 1_000_000_000L;

    /// An answer that is not there by then is asked for again, some times, without waiting for the next second: a
    /// link that has died is known as dead after about a second.
    static final long AGAIN_NS = 250_000_000L;

    /// So many echoes wait for their answer, and no more are sent before their second.
    private static final int MOST_AGAIN = 8;

    /// Over which demands are taken.
    private static final long DEMANDS_NS = 10_000_000_000L;

    private static final long SECOND_NS = 1_000_000_000L;

    /// Echoes in a row without an answer that make a link silent.
    private static final int SILENT = 4;

    /// What is known of one link.
    private static final class Watched {
        private final LinkMeter meter;
        private LinkEstimates estimates = new LinkEstimates();
        private long fetchedSent;
        private Echo.Counts lastHere;
        private Probing probing;
        private long askedNs;

        Watched(LinkMeter meter) {
            this.meter = meter;
        }
    }

    private final String node;
    private final Loops loops;
    private final Links links;
    private final KernelFlows kernelFlows;
    private final LongSupplier clock;
    private final LongSupplier timeNs;
    private final Supplier<Snapshot> counters;
    private final Consumer<String> log;
    private final Map<Integer, Watched> watched = new TreeMap<>();
    private boolean on;
    private long nextEchoNs;
    private long nextSecondNs;
    private int trains;
    private MeasurementLog file;
    private DemandEstimator demands = new DemandEstimator(DEMANDS_NS);

    /// @param timeNs nanoseconds since 1970
    Measuring(
            String node,
            Loops loops,
            Links links,
            KernelFlows kernelFlows,
            LongSupplier clock,
            LongSupplier timeNs,
            Supplier<Snapshot> counters,
            Consumer<String> log) {
        this.node = node;
        this.loops = loops;
        this.links = links;
        this.kernelFlows = kernelFlows;
        this.clock = clock;
        this.timeNs = timeNs;
        this.counters = counters;
        this.log = log;
    }

    /// What the operator says. What is known is kept, and grows old, while it is off.
    void on(boolean next) {
        if (next && !on) {
            watched.values().forEach(each -> each.estimates = new LinkEstimates());
            nextEchoNs = clock.getAsLong();
            nextSecondNs = nextEchoNs;
            demands = new DemandEstimator(DEMANDS_NS);
        }
        on = next;
        follow();
    }

    /// Takes over which links there are, and who counts what the kernel carries.
    void follow() {
        watched.keySet()
                .removeIf(port -> links.meter(port)
                        .filter(meter -> meter == watched.get(port).meter)
                        .isEmpty());
        for (NodeConfig.Link link : links.configurations()) {
            LinkMeter meter = links.meter(link.port()).orElseThrow();
            if (!watched.containsKey(link.port())) {
                watched.put(link.port(), new Watched(meter));
                nextEchoNs = clock.getAsLong(); // whoever added it waits for its first answer
            }
            meter.kernelStamps(on);
            if (!on) {
                meter.kernelBytesIn(0, kernelFlows.path() == null);
            }
        }
        countKernel();
    }

    private void countKernel() {
        if (!on) {
            return;
        }
        Optional<LoopStatistics> kernel = kernelFlows.counted();
        watched.forEach((port, each) -> each.meter.kernelBytesIn(
                kernel.map(counts -> counts.port(port).get(PortCounter.BYTES_IN))
                        .orElse(0L),
                true));
    }

    private void countDemands(long nowNs) {
        Snapshot counted = counters.get();
        demands.add(
                nowNs,
                counted.matrix().stream()
                        .map(row ->
                                new DemandEstimator.Counted(row.source(), row.destination(), row.frames(), row.bytes()))
                        .toList(),
                counted.other().bytes());
    }

    /// Who talks to whom.
    Demands demands() {
        return demands.now();
    }

    /// Begins to probe a link.
    ///
    /// @throws StatementException where trains go over it for another probe
    void probe(NodeConfig.Link link, Probe what) throws StatementException {
        follow();
        Watched each = watched.get(link.port());
        switch (what.kind()) {
            case ECHO -> say(link, each.meter::wantEchoes);
            case CAPACITY, FREE -> sendTrains(link, each, what);
        }
    }

    private void sendTrains(NodeConfig.Link link, Watched each, Probe what) throws StatementException {
        if (each.probing != null) {
            throw new StatementException("link " + link.name()
                    + ": it is being measured already; 'show measurements' tells when that is over");
        }
        each.meter.kernelStamps(true);
        each.probing = new Probing(what, each.meter, each.estimates, new ByLoop(link), trains + 1, clock.getAsLong());
    }

    /// A link as its probing sees it.
    private final class ByLoop implements Probing.Way {
        private final NodeConfig.Link link;

        ByLoop(NodeConfig.Link link) {
            this.link = link;
        }

        @Override
        public void say(Runnable before) {
            Measuring.this.say(link, before);
        }

        @Override
        public int messageBytes() {
            return links.messageBytes(link);
        }

        @Override
        public int overheadBytes() {
            return links.messageOverhead(link);
        }
    }

    private void say(NodeConfig.Link link, Runnable before) {
        DispatchLoop loop = loops.get(links.reader(link));
        loop.execute(() -> {
            before.run();
            loop.say(link.port());
        });
    }

    /// Writes a file from now on, or none.
    ///
    /// @throws StatementException where it cannot be written; what was written before goes on then
    void log(Optional<Path> where, long mostBytes) throws StatementException {
        MeasurementLog next = null;
        if (where.isPresent()) {
            try {
                next = new MeasurementLog(where.get(), mostBytes, log);
            } catch (IOException e) {
                throw new StatementException("'" + where.get() + "': cannot be written: " + e);
            }
        }
        close();
        file = next;
    }

    /// Does what is due.
    ///
    /// @return milliseconds until the next time, or [Caretaker#UNTIL_CALLED]
    long attend() {
        long now = clock.getAsLong();
        boolean echoes = on && now - nextEchoNs >= 0;
        boolean probes = false;
        for (NodeConfig.Link link : links.configurations()) {
            Watched each = watched.get(link.port());
            if (each != null) {
                collect(each, now);
                if (echoes || on && isSuspect(each, now)) {
                    each.askedNs = now;
                    say(link, each.meter::wantEchoes);
                }
                probes |= goOn(each, now);
            }
        }
        if (echoes) {
            nextEchoNs = next(nextEchoNs, ECHO_NS, now);
        }
        if (on && now - nextSecondNs >= 0) {
            nextSecondNs = next(nextSecondNs, SECOND_NS, now);
            countKernel();
            countDemands(now);
            if (file != null) {
                file.write(node, timeNs.getAsLong(), reports());
            }
        }
        return probes
                ? 1
                : on
                        ? Math.max(1, (Math.min(now + AGAIN_NS, Math.min(nextEchoNs, nextSecondNs)) - now) / 1_000_000)
                        : -1;
    }

    /// Whether an answer is late, on a link that has answered before; or the link is new and has not answered yet: who
    /// added it waits for that.
    private static boolean isSuspect(Watched each, long now) {
        int waiting = each.estimates.unanswered(now, AGAIN_NS);
        boolean late = each.estimates.answered() > 0 ? waiting > 0 : each.estimates.sent() > 0;
        return late && waiting < MOST_AGAIN && now - each.askedNs >= AGAIN_NS;
    }

    /// What was missed is not made up for.
    private static long next(long dueNs, long everyNs, long nowNs) {
        return nowNs - dueNs < everyNs ? dueNs + everyNs : nowNs + everyNs;
    }

    private boolean goOn(Watched each, long now) {
        if (each.probing == null) {
            return false;
        }
        each.probing.attend(now);
        trains = Math.max(trains, each.probing.nextTrain());
        if (each.probing.over()) {
            each.probing = null;
            each.meter.kernelStamps(on);
            return false;
        }
        return true;
    }

    private static void collect(Watched each, long now) {
        while (each.fetchedSent < each.meter.sent()) {
            each.estimates.onSent(each.fetchedSent++, now);
        }
        Echo.Counts here = each.meter.fetchHere();
        if (here != null && here != each.lastHere) {
            each.lastHere = here;
            each.estimates.onHere(now, here);
        }
        for (Echo echo = each.meter.fetch(); echo != null; echo = each.meter.fetch()) {
            each.estimates.onEcho(echo);
        }
    }

    /// What is known of each link now.
    List<LinkReport> reports() {
        long now = clock.getAsLong();
        List<LinkReport> all = new ArrayList<>();
        for (NodeConfig.Link link : links.configurations()) {
            Watched each = watched.get(link.port());
            if (each != null) {
                collect(each, now);
                all.add(new LinkReport(link.name(), each.estimates.last(), each.estimates.now(now), more(each, now)));
            }
        }
        return all;
    }

    private Map<String, Object> more(Watched each, long now) {
        Map<String, Object> more = new LinkedHashMap<>();
        LinkEstimates known = each.estimates;
        int silent = known.silent(now);
        String state = !on
                ? "off"
                : known.answered() == 0 && silent < SILENT ? "begins" : silent >= SILENT ? "no answer" : "answers";
        more.put("state", state);
        more.put("probing", each.probing != null);
        more.put("echoes_sent", known.sent());
        more.put("echoes_answered", known.answered());
        more.put("unanswered", known.unanswered(now, AGAIN_NS));
        more.put("answered_to_peer", each.meter.answers());
        more.put("messages_refused", each.meter.refused());
        more.put("clocks", known.answered() == 0 ? "unknown" : known.commonClock() ? "one" : "two");
        more.put("clock_jumps", known.jumps());
        more.put("stamp_error_ns", known.errorNs());
        more.put("clock_skew", known.skew(now));
        more.put("reorder_extent_out", known.extentOut());
        more.put("reorder_extent_in", known.extentIn());
        return more;
    }

    /// Ends the file.
    void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
