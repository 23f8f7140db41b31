package org.vnetp.microbench.route;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.Destinations;
import org.vnetp.overlay.route.Forwarder;
import org.vnetp.overlay.route.LearningPolicy;
import org.vnetp.overlay.route.MacPattern;
import org.vnetp.overlay.route.RoutingTable;
import org.vnetp.overlay.route.Rule;
import org.vnetp.overlay.stats.LoopCounters;

/// Route lookup: flows that the cache knows, flows that it does not (more of them than it holds),
/// broadcast, addresses without a rule, and learning a sender that is known. Half of the rules name
/// a destination, half a pair.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookupBenchmark {
    private static final int PORTS = 16;
    private static final int HOT_FLOWS = 64;
    private static final int COLD_FLOWS = 1 << 16;
    private static final long FIRST_MAC = 0x02_00_00_00_00_00L;
    private static final long SENDER = 0x02_ff_00_00_00_01L;

    @Param({"10", "1000", "100000", "1000000"})
    int rules;

    private Forwarder forwarder;
    private Forwarder coldForwarder;
    private final long[] hot = new long[HOT_FLOWS];
    private final long[] cold = new long[COLD_FLOWS];
    private int next;
    private long nowNs;

    @Setup
    public void setUp() {
        List<Rule> list = new ArrayList<>(rules);
        for (int i = 0; i < rules; i++) {
            MacPattern destination = MacPattern.exact(FIRST_MAC + i);
            MacPattern source = i % 2 == 0 ? MacPattern.ANY : MacPattern.exact(SENDER);
            list.add(new Rule(source, destination, Rule.ANY_PORT, 1 + i % (PORTS - 1)));
        }
        list.add(new Rule(MacPattern.ANY, MacPattern.exact(MacAddress.BROADCAST), Rule.ANY_PORT, 1));
        list.add(new Rule(MacPattern.ANY, MacPattern.exact(MacAddress.BROADCAST), Rule.ANY_PORT, 2));
        List<RoutingTable.Port> ports = new ArrayList<>();
        for (int i = 0; i < PORTS; i++) {
            ports.add(new RoutingTable.Port(i, i > 0));
        }
        RoutingTable table = new RoutingTable(list, ports, LearningPolicy.on());
        forwarder = new Forwarder(table, new LoopCounters());
        coldForwarder = new Forwarder(table, new LoopCounters());
        for (int i = 0; i < HOT_FLOWS; i++) {
            hot[i] = FIRST_MAC + (long) i * rules / HOT_FLOWS;
        }
        for (int i = 0; i < COLD_FLOWS; i++) { // every flow has a rule; with few rules the sender makes the flow new
            cold[i] = FIRST_MAC + (i * 7919L) % rules;
        }
        if (hit().count() != 1 || miss().count() != 1 || broadcast().count() != 2) {
            throw new IllegalStateException("the rules do not lead where they should");
        }
    }

    @Benchmark
    public Destinations hit() {
        return forwarder.lookup(0, hot[next++ & HOT_FLOWS - 1], SENDER);
    }

    @Benchmark
    public Destinations miss() {
        int flow = next++ & COLD_FLOWS - 1;
        // Rules for a pair want one sender; another bit far up makes the flow distinct where the rule is for any
        // sender.
        long destination = cold[flow];
        long sender = (destination & 1) == 0 ? SENDER + ((long) flow << 8) : SENDER;
        return coldForwarder.lookup(flow & 7 | 1 << 8, destination, sender);
    }

    @Benchmark
    public Destinations broadcast() {
        return forwarder.lookup(0, MacAddress.BROADCAST, SENDER);
    }

    @Benchmark
    public Destinations unknownAddressIsFlooded() {
        return forwarder.lookup(0, 0x02_aa_00_00_00_00L + (next++ & HOT_FLOWS - 1), SENDER);
    }

    @Benchmark
    public long learnKnownSender() {
        nowNs += 1000;
        forwarder.learn(SENDER, 0, nowNs);
        return nowNs;
    }

    @Benchmark
    public long emptyCallBaseline() {
        return hot[next++ & HOT_FLOWS - 1];
    }
}
