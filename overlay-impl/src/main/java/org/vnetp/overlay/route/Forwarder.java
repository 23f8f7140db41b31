package org.vnetp.overlay.route;

import java.util.Arrays;
import java.util.List;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

/// Decides where a frame goes: flow cache, then rules, then learned addresses, then flooding.
/// Confined to one loop's thread; no locks; nothing allocates on a hit, nor on a miss whose set of
/// ports has been seen before.
///
/// Per frame the loop calls [#learn] with the sender, then [#lookup]:
/// ```
/// forwarder.learn(source, port, nowNs);
/// Destinations to = forwarder.lookup(port, destination, source);
/// ```
/// Rules always win over what was learned. Where no rule matches and learning is on
/// ([LearningPolicy]):
/// - a known address goes to its port; nothing is sent when that is the port the frame came from;
/// - unknown, broadcast and multicast addresses are flooded to every port but the source; a frame
///   from a link is flooded to NICs only (split horizon), unless the policy says `relay`.
///
/// Group addresses and 00:00:00:00:00:00 are never learned as senders. An address heard at another
/// port has moved: counted, and believed. The control side changes rules by [#replace], called on
/// the loop's thread.
public final class Forwarder {
    /// Flows remembered by default.
    public static final int DEFAULT_CACHE_CAPACITY = 4096;

    private static final int FIRST_SETS = 64;
    private static final int MOST_SETS = 4096;
    private static final Destinations[] NO_PORTS = {};

    // Stands in the cache for "no rule matches".
    private static final Destinations ASK_LEARNING = new Destinations(new int[0], 0);

    /// Why a frame goes where it goes.
    public enum Decision {
        /// Rules say so, or nothing does.
        RULE,
        /// Its destination was heard there.
        LEARNED,
        /// Its destination is not known.
        FLOOD
    }

    private final FlowCache cache;
    private final LoopCounters counters;
    private final int[] found = new int[Rule.MAX_PORTS];
    private Destinations[] sets = new Destinations[FIRST_SETS];
    private int setCount;

    private RoutingTable table;
    private boolean pairs;
    private Destinations onMiss = Destinations.NONE;
    private LearnedAddresses learned;
    private long nowNs;
    private Decision decision = Decision.RULE;
    // By port id; null where there is no such port.
    private Destinations[] floods = NO_PORTS;
    private Destinations[] singles = NO_PORTS;

    public Forwarder(RoutingTable table, LoopCounters counters) {
        this(table, counters, DEFAULT_CACHE_CAPACITY);
    }

    /// @param counters the owning loop's
    /// @param cacheCapacity flows to remember
    public Forwarder(RoutingTable table, LoopCounters counters, int cacheCapacity) {
        this.counters = counters;
        this.cache = new FlowCache(cacheCapacity);
        replace(table);
    }

    /// Where a frame goes that came from `sourcePort`. Never null; [Destinations#count] 0 means
    /// drop and count.
    public Destinations lookup(int sourcePort, long destination, long source) {
        Destinations answer = cache.get(sourcePort, destination, source);
        if (answer == null) {
            answer = miss(sourcePort, destination, source);
        }
        if (answer == ASK_LEARNING) {
            return byLearning(sourcePort, destination);
        }
        decision = Decision.RULE;
        return answer;
    }

    /// How the last [#lookup] came to its answer.
    public Decision decision() {
        return decision;
    }

    private Destinations miss(int sourcePort, long destination, long source) {
        counters.increment(LoopCounter.FLOW_CACHE_MISSES);
        int n = table.collect(sourcePort, destination, source, found);
        Destinations answer;
        if (n < 0) {
            answer = onMiss;
        } else if (n == 0) {
            answer = Destinations.HAIRPIN;
        } else {
            answer = intern(n);
        }
        if (cache.put(sourcePort, destination, source, answer)) {
            counters.increment(LoopCounter.FLOW_CACHE_EVICTIONS);
        }
        return answer;
    }

    private Destinations byLearning(int sourcePort, long destination) {
        decision = Decision.LEARNED;
        if (!MacAddress.isGroup(destination)) {
            int port = learned.port(destination, nowNs);
            if (port == sourcePort) {
                return Destinations.HAIRPIN;
            }
            if (port >= 0) {
                return singles[port];
            }
        }
        decision = Decision.FLOOD;
        Destinations flood = sourcePort < floods.length ? floods[sourcePort] : null;
        return flood == null ? Destinations.NONE : flood;
    }

    /// A frame from `mac` came in at `port`. Does nothing when learning is off.
    ///
    /// @param now a monotonic clock's reading, nanoseconds
    /// @return whether it was known at another port until now
    public boolean learn(long mac, int port, long now) {
        if (learned == null || port >= singles.length || singles[port] == null || MacAddress.isGroup(mac) || mac == 0) {
            return false;
        }
        nowNs = now;
        return learned.learn(mac, port, now);
    }

    /// The same for a frame to `destination`. One of two guests with a rule of their own that leads
    /// back tells nothing about where others reach the sender: it stays known where it is known.
    /// Else what others send to it would go by the pair's way from then on, and back by the next
    /// broadcast.
    public boolean learn(long mac, int port, long now, long destination) {
        if (pairs && learned != null && table.hasPair(destination, mac) && learned.stays(mac, port, now)) {
            nowNs = now;
            return false;
        }
        return learn(mac, port, now);
    }

    /// The kernel heard an address: where it is known at that port, it is younger now.
    ///
    /// @param heardNs when, by the clock of [#learn]
    public void heardByKernel(long mac, int port, long heardNs) {
        if (learned != null) {
            learned.heardByKernel(mac, port, heardNs);
        }
    }

    /// Another loop heard an address: it is believed, unless this one has heard it later.
    ///
    /// @param heardNs when, by the clock of [#learn]
    public void heardByOther(long mac, int port, long heardNs) {
        if (learned != null && port < singles.length && singles[port] != null) {
            learned.heardByOther(mac, port, heardNs);
        }
    }

    /// Where an address was learned, or -1.
    public int learnedPort(long mac) {
        return learned == null ? -1 : learned.lastPort(mac);
    }

    /// Forgets where an address is: frames to it are flooded until it is heard again.
    public void forget(long mac) {
        if (learned != null) {
            learned.forgetAddress(mac);
        }
    }

    /// Forgets learned addresses that have been silent too long. Once a second is plenty; costs a
    /// sweep over the table.
    public void age(long now) {
        if (learned != null) {
            nowNs = now;
            learned.age(now);
        }
    }

    /// Learned addresses as of `now`, in no order. On the loop's thread; allocates.
    public List<LearnedAddress> learned(long now) {
        return learned == null ? List.of() : learned.list(now);
    }

    /// Goes over to another table: rules, ports and learning at once. What was learned is kept for
    /// ports that still exist.
    public void replace(RoutingTable next) {
        cache.flush();
        table = next;
        pairs = next.hasPairs();
        LearningPolicy policy = next.learning();
        int size = 0;
        for (RoutingTable.Port port : next.ports()) {
            size = Math.max(size, port.id() + 1);
        }
        floods = new Destinations[size];
        singles = new Destinations[size];
        for (RoutingTable.Port from : next.ports()) {
            int n = 0;
            for (RoutingTable.Port to : next.ports()) {
                boolean horizon = from.link() && to.link() && !policy.relay();
                if (to.id() != from.id() && !horizon) {
                    found[n++] = to.id();
                }
            }
            Arrays.sort(found, 0, n);
            floods[from.id()] = n == 0 ? Destinations.NONE : intern(n);
            found[0] = from.id();
            singles[from.id()] = intern(1);
        }
        if (!policy.enabled()) {
            learned = null;
            onMiss = Destinations.NONE;
        } else {
            LearnedAddresses fresh = new LearnedAddresses(policy, counters);
            if (learned != null) {
                learned.keepOnly(singles);
                fresh.takeOver(learned, nowNs);
            }
            learned = fresh;
            onMiss = ASK_LEARNING;
        }
    }

    /// The one object for the ports now in `found`.
    private Destinations intern(int n) {
        int slot = slot(Destinations.hash(found, n));
        while (sets[slot] != null) {
            if (sets[slot].isExactly(found, n)) {
                return sets[slot];
            }
            slot = slot + 1 & sets.length - 1;
        }
        Destinations made = new Destinations(found, n);
        sets[slot] = made;
        setCount++;
        if (setCount * 2 > sets.length) {
            growSets();
        }
        return made;
    }

    private void growSets() {
        Destinations[] old = sets;
        setCount = 0;
        // Bounded: past the limit all are forgotten. Sets handed out stay valid; equal ones may
        // then exist twice.
        if (old.length >= 2 * MOST_SETS) {
            sets = new Destinations[FIRST_SETS];
            return;
        }
        sets = new Destinations[old.length * 2];
        for (Destinations set : old) {
            if (set != null) {
                int slot = slot(set.hash());
                while (sets[slot] != null) {
                    slot = slot + 1 & sets.length - 1;
                }
                sets[slot] = set;
                setCount++;
            }
        }
    }

    private int slot(int hash) {
        return (hash ^ hash >>> 15) & sets.length - 1;
    }
}
