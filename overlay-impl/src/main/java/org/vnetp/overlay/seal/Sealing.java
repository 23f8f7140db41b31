package org.vnetp.overlay.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.stats.DropReason;

/// What stands between the loops and the cold side of one sealed link: the keys in force, and handshake
/// messages on their way to [KeyExchange].
///
/// **Threads:** control writes the keys, loops read them, each key being one loop's. Handshakes are opened
/// by the receiving loop, which has a key of its own for them: so a forged one costs what any forged
/// datagram costs, and none gets an answer.
public final class Sealing {
    /// Handshake messages that may wait for control; more are dropped.
    private static final int MOST_WAITING = 4;

    /// A message of a handshake, opened by the two static keys: the peer sent it, at some time.
    ///
    /// @param from where it came from, if that is not where the link leads; else null
    record Message(int kind, long number, byte[] bytes, InetSocketAddress from) {}

    private final int network;
    private final Aead handshakes;
    private final Runnable attention;
    private final Queue<Message> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    private volatile Generation sending;
    private volatile Generation[] byKeys = new Generation[SealedHeader.KEYS];
    private volatile boolean staleHeard;
    private volatile int longest;
    // Written by control, once a message has proved to be one of a handshake.
    private volatile long newestHandshake;

    /// @param handshakes opens the peer's handshakes; the receiving loop's
    /// @param attention  calls for the caretaker; must not wait
    Sealing(int network, Aead handshakes, Runnable attention) {
        this.network = network;
        this.handshakes = handshakes;
        this.attention = attention;
    }

    /// Two ends of a link that share keys without a handshake: for a node's warm-up, benchmarks and tests.
    /// Nobody else knows the keys.
    public static Sealing[] pair(int network, Suite suite, int capacity) {
        SecureRandom random = new SecureRandom();
        byte[] one = new byte[Handshake.CONFIRMATION_LENGTH];
        byte[] other = new byte[Handshake.CONFIRMATION_LENGTH];
        random.nextBytes(one);
        random.nextBytes(other);
        byte[] unused = new byte[suite.keyLength()];
        random.nextBytes(unused);
        Sealing[] ends = new Sealing[2];
        for (int i = 0; i < 2; i++) {
            Handshake.Secrets secrets = new Handshake.Secrets(
                    i == 0, 0, (i == 0 ? one : other).clone(), (i == 0 ? other : one).clone(), new byte[0]);
            ends[i] = new Sealing(network, Ciphers.make(suite, unused, 0, false), () -> {});
            Generation keys = new Generation(suite, 0, 1, secrets, capacity, 0, () -> {}, () -> {});
            ends[i].longest(capacity);
            ends[i].open(keys);
            ends[i].send(keys);
        }
        return ends;
    }

    int network() {
        return network;
    }

    // --- for the loops ---

    /// By which keys datagrams are sent, or null.
    Generation sending() {
        return sending;
    }

    /// Bytes of a datagram on the wire that the ciphers have been tried for.
    int longest() {
        return longest;
    }

    /// The keys that a datagram calls by that number, or null.
    Generation opening(int keys) {
        return byKeys[keys];
    }

    /// Whether no newer keys are known than these.
    boolean isNewest(Generation keys) {
        Generation current = sending;
        return current == null || keys.count() >= current.count();
    }

    /// A handshake's datagram has come.
    ///
    /// @return why it is dropped, or null where control will see it
    DropReason onHandshake(MemorySegment slab, long at, int size) {
        return onHandshake(slab, at, size, null);
    }

    /// The same of one that came from elsewhere.
    ///
    /// @param sender asked where the datagram is authentic and none from the past; null: from where the link leads
    DropReason onHandshake(MemorySegment slab, long at, int size, Supplier<InetSocketAddress> sender) {
        long front = SealedHeader.front(slab, at);
        int length = size - Aead.HEADER - Aead.TAG;
        if (length != SealedHeader.length(front)) {
            return DropReason.TRUNCATED;
        }
        if (!handshakes.open(slab.address() + at, length)) {
            return DropReason.FORGED;
        }
        long number = SealedHeader.number(SealedHeader.back(slab, at));
        if (number <= newestHandshake) {
            if (sender == null) {
                // Where the peer's clock was set back it is the peer: then it is this end that begins.
                staleHeard = true;
                attention.run();
            }
            return DropReason.REPLAYED;
        }
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            return DropReason.HANDSHAKE_LIMIT;
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, at + Aead.HEADER, bytes, 0, length);
        inbox.add(new Message(SealedHeader.lane(front), number, bytes, sender == null ? null : sender.get()));
        attention.run();
        return null;
    }

    // --- for control ---

    Message next() {
        Message message = inbox.poll();
        if (message != null) {
            waiting.decrementAndGet();
        }
        return message;
    }

    /// The number of the newest message that was a handshake's: none that is not newer gets to control.
    long newestHandshake() {
        return newestHandshake;
    }

    void newestHandshake(long number) {
        newestHandshake = number;
    }

    /// Whether a handshake from the past has come since this was asked last.
    boolean takeStale() {
        boolean heard = staleHeard;
        staleHeard = false;
        return heard;
    }

    void longest(int bytes) {
        longest = bytes;
    }

    void send(Generation next) {
        sending = next;
    }

    /// Lets datagrams by these keys in.
    void open(Generation added) {
        Generation[] next = byKeys.clone();
        next[added.keys()] = added;
        byKeys = next;
    }

    /// Lets no more datagrams by these keys in, or out. A loop may still be in the middle of one.
    void withdraw(Generation gone) {
        Generation[] next = byKeys.clone();
        if (next[gone.keys()] == gone) {
            next[gone.keys()] = null;
            byKeys = next;
        }
        if (sending == gone) {
            sending = null;
        }
    }

    /// The numbers that keys have now, as bits.
    int keysInUse() {
        int bits = 0;
        for (Generation each : byKeys) {
            bits |= each == null ? 0 : 1 << each.keys();
        }
        return bits;
    }

    /// All keys there are.
    Generation[] all() {
        return Arrays.stream(byKeys).filter(each -> each != null).toArray(Generation[]::new);
    }

    /// Wipes all keys; no loop has the link any more.
    public void close() {
        for (Generation each : all()) {
            withdraw(each);
            each.close();
        }
        handshakes.close();
    }
}
