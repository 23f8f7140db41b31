package org.vnetp.overlay.route;

import java.util.ArrayList;
import java.util.List;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopCounters;

/// Where addresses were last heard. Bounded buckets of eight; an address that finds its bucket full
/// of younger ones is not learned (its frames are flooded, as a switch does when its table is
/// full). One loop's; nothing allocates after construction.
final class LearnedAddresses {
    private static final int WAYS = 8;
    private static final int NOT_KNOWN = -1;

    private final long ageNs;
    private final int capacity;
    private final int bucketMask;
    // Address + 1; 0 is free.
    private final long[] tags;
    private final int[] ports;
    private final long[] heardNs;
    private final LoopCounters counters;
    private int count;

    LearnedAddresses(LearningPolicy policy, LoopCounters counters) {
        this.ageNs = policy.ageNs();
        this.capacity = policy.capacity();
        int buckets = Math.max(1, Integer.highestOneBit(Math.max(1, capacity * 2 / WAYS)) << 1);
        this.bucketMask = buckets - 1;
        this.tags = new long[buckets * WAYS];
        this.ports = new int[buckets * WAYS];
        this.heardNs = new long[buckets * WAYS];
        this.counters = counters;
    }

    /// The port of an address, however long ago it was heard there, or -1.
    int lastPort(long mac) {
        int bucket = bucket(mac);
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (tags[i] == mac + 1) {
                return ports[i];
            }
        }
        return NOT_KNOWN;
    }

    /// Forgets an address, if it is known.
    void forgetAddress(long mac) {
        int bucket = bucket(mac);
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (tags[i] == mac + 1) {
                forget(i);
            }
        }
    }

    /// The kernel heard an address: where it is known at that port, it is younger now.
    void heardByKernel(long mac, int port, long heardAtNs) {
        int i = find(mac);
        if (i != NOT_KNOWN && ports[i] == port && heardAtNs - heardNs[i] > 0) {
            heardNs[i] = heardAtNs;
        }
    }

    /// Another loop heard an address: it is believed, unless this one has heard it later.
    void heardByOther(long mac, int port, long heardAtNs) {
        int i = find(mac);
        if (i == NOT_KNOWN) {
            learn(mac, port, heardAtNs);
        } else if (heardAtNs - heardNs[i] > 0) {
            ports[i] = port;
            heardNs[i] = heardAtNs;
        }
    }

    private int find(long mac) {
        int bucket = bucket(mac);
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (tags[i] == mac + 1) {
                return i;
            }
        }
        return NOT_KNOWN;
    }

    /// An address was heard that does not move for it.
    ///
    /// @return whether it is known at another port, where it stays
    boolean stays(long mac, int port, long nowNs) {
        int i = find(mac);
        if (i == NOT_KNOWN || ports[i] == port || nowNs - heardNs[i] > ageNs) {
            return false;
        }
        heardNs[i] = nowNs;
        return true;
    }

    /// @return whether the address has moved
    boolean learn(long mac, int port, long nowNs) {
        int bucket = bucket(mac);
        int free = NOT_KNOWN;
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (tags[i] == mac + 1) {
                heardNs[i] = nowNs;
                boolean moved = ports[i] != port;
                if (moved) {
                    ports[i] = port;
                    counters.increment(LoopCounter.ADDRESSES_MOVED);
                }
                return moved;
            }
            if (tags[i] != 0 && nowNs - heardNs[i] > ageNs) {
                forget(i);
            }
            if (tags[i] == 0) {
                free = i;
            }
        }
        if (free == NOT_KNOWN || count >= capacity) {
            counters.increment(LoopCounter.ADDRESSES_REFUSED);
            return false;
        }
        tags[free] = mac + 1;
        ports[free] = port;
        heardNs[free] = nowNs;
        count++;
        counters.increment(LoopCounter.ADDRESSES_LEARNED);
        return false;
    }

    /// The port, or -1.
    int port(long mac, long nowNs) {
        int bucket = bucket(mac);
        for (int i = bucket; i < bucket + WAYS; i++) {
            if (tags[i] == mac + 1) {
                return nowNs - heardNs[i] > ageNs ? NOT_KNOWN : ports[i];
            }
        }
        return NOT_KNOWN;
    }

    /// Frees what is too old. Called now and then, so that a table full of dead addresses takes
    /// new ones.
    void age(long nowNs) {
        for (int i = 0; i < tags.length; i++) {
            if (tags[i] != 0 && nowNs - heardNs[i] > ageNs) {
                forget(i);
            }
        }
    }

    /// Forgets the addresses of ports that are gone.
    void keepOnly(Destinations[] present) {
        for (int i = 0; i < tags.length; i++) {
            if (tags[i] != 0 && (ports[i] >= present.length || present[ports[i]] == null)) {
                forget(i);
            }
        }
    }

    /// Takes over what another table knows.
    void takeOver(LearnedAddresses old, long nowNs) {
        for (int i = 0; i < old.tags.length; i++) {
            if (old.tags[i] != 0 && nowNs - old.heardNs[i] <= ageNs) {
                int bucket = bucket(old.tags[i] - 1);
                for (int j = bucket; j < bucket + WAYS && count < capacity; j++) {
                    if (tags[j] == 0) {
                        tags[j] = old.tags[i];
                        ports[j] = old.ports[i];
                        heardNs[j] = old.heardNs[i];
                        count++;
                        break;
                    }
                }
            }
        }
    }

    int count() {
        return count;
    }

    List<LearnedAddress> list(long nowNs) {
        List<LearnedAddress> found = new ArrayList<>();
        for (int i = 0; i < tags.length; i++) {
            if (tags[i] != 0 && nowNs - heardNs[i] <= ageNs) {
                found.add(new LearnedAddress(tags[i] - 1, ports[i], nowNs - heardNs[i]));
            }
        }
        return found;
    }

    private void forget(int i) {
        tags[i] = 0;
        count--;
    }

    private int bucket(long mac) {
        long hash = mac * 0x9E37_79B9_7F4A_7C15L;
        return ((int) (hash >>> 34) & bucketMask) * WAYS;
    }
}
