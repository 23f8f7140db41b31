package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.encap.MessageEnvelope;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.UcxWorker;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// A link over UCX: one datagram of a train is one tagged message, so a superframe crosses whole.
///
/// **Out.** A message is sent as soon as its train ends, from a slot of this link's own, since UCX may need its bytes
/// for longer than the loop keeps them. Mostly it is done at once and the same slot, still in the cache, takes the
/// next.
/// UCX never drops: where the peer is slow or dead its requests stay unfinished. At most [#SEND_SLOTS] of them wait;
/// what comes then is dropped and counted, and the loop never waits.
///
/// **In.** All slots of the receive slab are posted ahead, for any tag, and looked at in the order in which they were
/// posted, which is that of their messages. A slot is posted anew once its message has been handled. A tag that is
/// not this link's secret of now is a stranger's, or of a life before.
///
/// The tag is `secret of the receiver << 16 | envelope` ([MessageEnvelope]). One loop's, between being made and being
/// closed by whoever made it.
public final class UcxLink implements Link {
    /// Messages that may wait for the peer, or for the transport.
    public static final int SEND_SLOTS = 64;

    /// Where the tag's secret begins; it has 48 bits.
    public static final int SECRET_SHIFT = 16;

    private static final int MOST_MESSAGE = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final int SEND_STRIDE = MOST_MESSAGE + 4096 + 63 & -64;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// What one receive hands out: while it is in the cache.
    private static final int MOST_MESSAGES = 16;

    private static final int MOST_BYTES = 131_072;

    /// Turns of progress that a receive makes in search of a message.
    private static final int TURNS = 4;

    /// So often a rest finds UCX busy in vain until the loop waits for a moment: it is the peer that does not move.
    private static final int PATIENCE = 100;

    private static final int RETRY_MS = 1;

    private final UcxWorker worker;
    private final DropCounters drops;
    private final PortCounters counters;
    private final ReceiveBatch batch;
    private final long secret;
    private final int capacity;

    private final MemorySegment sendSlab;
    private final long[] sending = new long[SEND_SLOTS];
    private int oldest;
    private int pending;

    private final long[] posted;
    private int nextPosted;
    private int handedOut;
    private int firstHandedOut;

    private boolean connected;
    private long peerSecret;
    private int at;
    private boolean cut;
    private int busy;
    private int death;

    /// @param worker   this link's from now on
    /// @param batch    whose slots are posted; the loop's receives are into it
    /// @param secret   what tags of messages to this link begin with, 48 bits
    /// @param capacity bytes of a message, superframes apart
    public UcxLink(
            Arena arena,
            UcxWorker worker,
            ReceiveBatch batch,
            long secret,
            int capacity,
            DropCounters drops,
            PortCounters counters) {
        this.worker = worker;
        this.batch = batch;
        this.secret = secret;
        this.capacity = capacity;
        this.drops = drops;
        this.counters = counters;
        this.sendSlab = arena.allocate((long) SEND_SLOTS * SEND_STRIDE, 4096);
        this.posted = new long[batch.slots()];
        for (int i = 0; i < posted.length; i++) {
            post(i);
        }
    }

    /// Begins to send to a peer. On the loop's thread.
    ///
    /// @param address the peer's worker's
    /// @param peer    what tags of messages to it begin with, 48 bits
    /// @param shared  transports go by memory
    /// @throws IllegalStateException where no transport reaches it
    public void connect(byte[] address, long peer, boolean shared) {
        worker.connect(address, shared);
        peerSecret = peer << SECRET_SHIFT;
        connected = true;
    }

    // --- sending, in the order a message meets it ---

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void slice(long address, int length) {
        if (at + length > SEND_STRIDE || cut) {
            cut = true;
            return;
        }
        MemorySegment.copy(MEMORY, address, sendSlab, slot() + at, length);
        at += length;
    }

    /// Where the message at hand is put together; of the last slot one is kept for that.
    private long slot() {
        return (long) ((oldest + pending) % SEND_SLOTS) * SEND_STRIDE;
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        int length = at;
        at = 0;
        if (cut) {
            cut = false;
            drops.increment(DropReason.OVERSIZE);
            return;
        }
        if (!connected || death != 0) {
            drops.increment(DropReason.LINK_DOWN);
            return;
        }
        if (pending > 0) {
            reap();
            if (pending == SEND_SLOTS - 1) {
                worker.progress();
                reap();
            }
            if (pending == SEND_SLOTS - 1) {
                drops.increment(DropReason.LINK_FULL);
                return;
            }
        }
        send(slot(), length);
    }

    private void send(long slot, int length) {
        int bytes = length - MessageEnvelope.LENGTH;
        long tag = peerSecret | sendSlab.get(ValueLayout.JAVA_LONG, slot) & MessageEnvelope.MASK;
        counters.increment(PortCounter.CALLS_OUT);
        long request = worker.send(sendSlab.address() + slot + MessageEnvelope.LENGTH, bytes, tag);
        if (request < 0) {
            drops.increment(DropReason.LINK_ERROR);
            mourn();
            return;
        }
        if (request > 0) {
            sending[(oldest + pending) % SEND_SLOTS] = request;
            pending++;
        }
        counters.increment(PortCounter.DATAGRAMS_OUT);
        counters.add(PortCounter.WIRE_BYTES_OUT, bytes);
    }

    /// Takes back the slots of messages that are done.
    private void reap() {
        while (pending > 0) {
            int status = worker.status(sending[oldest]);
            if (status == UcxWorker.IN_PROGRESS) {
                return;
            }
            worker.free(sending[oldest]);
            oldest = (oldest + 1) % SEND_SLOTS;
            pending--;
            busy = 0;
            if (status < 0) {
                drops.increment(DropReason.LINK_ERROR);
                mourn();
            }
        }
    }

    /// UCX gave up the peer: no call will do what it should again.
    private void mourn() {
        counters.increment(PortCounter.ERRORS);
        death = Errno.ECONNRESET;
    }

    @Override
    public boolean staged() {
        return pending > 0;
    }

    /// Nothing waits for a flush.
    @Override
    public int stagedBytes() {
        return 0;
    }

    @Override
    public boolean flush(Posix posix) {
        worker.progress();
        reap();
        return true;
    }

    @Override
    public int discard() {
        return 0;
    }

    // --- receiving ---

    private void post(int slot) {
        posted[slot] = worker.post(batch.slab().address() + message(slot), MOST_MESSAGE);
        if (posted[slot] < 0) {
            mourn();
        }
    }

    private long message(int slot) {
        return batch.slotOffset(slot) + MessageEnvelope.LENGTH;
    }

    /// What was handed out has been handled.
    private void repost() {
        for (; handedOut > 0; handedOut--) {
            post(firstHandedOut);
            firstHandedOut = firstHandedOut + 1 == posted.length ? 0 : firstHandedOut + 1;
        }
    }

    @Override
    public int receive(Posix posix, ReceiveBatch into) {
        repost();
        counters.increment(PortCounter.CALLS_IN);
        into.begin();
        if (death != 0) {
            return 0;
        }
        firstHandedOut = nextPosted;
        int most = Math.min(MOST_MESSAGES, into.slots() - into.next());
        int bytes = 0;
        int turns = 0;
        while (handedOut < most && bytes < MOST_BYTES) {
            int status = worker.received(posted[nextPosted]);
            if (status == UcxWorker.IN_PROGRESS) {
                if (handedOut > 0 || turns++ == TURNS || worker.progress() == 0) {
                    break;
                }
                continue;
            }
            bytes += take(status, into);
        }
        if (pending > 0) {
            reap();
        }
        return into.count();
    }

    private int take(int status, ReceiveBatch into) {
        int slot = nextPosted;
        worker.free(posted[slot]);
        nextPosted = slot + 1 == posted.length ? 0 : slot + 1;
        handedOut++;
        busy = 0;
        int length = 0;
        if (status == UcxWorker.OK) {
            long tag = worker.receivedTag();
            if (tag >>> SECRET_SHIFT == secret) {
                length = worker.receivedLength();
                into.slab().set(ValueLayout.JAVA_LONG, batch.slotOffset(slot), tag & MessageEnvelope.MASK);
                counters.increment(PortCounter.DATAGRAMS_IN);
                counters.add(PortCounter.WIRE_BYTES_IN, length);
            } else {
                drops.increment(DropReason.UNKNOWN_SENDER);
            }
        } else if (status == UcxWorker.TRUNCATED) {
            drops.increment(DropReason.OVERSIZE);
        } else {
            mourn();
        }
        int told = length == 0 ? 0 : MessageEnvelope.LENGTH + length;
        into.receivedAt(batch.slotOffset(slot), told, told, Ecn.NOT_ECT);
        return length;
    }

    // --- waiting ---

    @Override
    public boolean driven() {
        return true;
    }

    @Override
    public int rest() {
        repost();
        if (death != 0) {
            return UNTIL_TOLD;
        }
        if (worker.received(posted[nextPosted]) != UcxWorker.IN_PROGRESS) {
            return 0;
        }
        int armed = worker.arm();
        if (armed == UcxWorker.OK) {
            // What waits for the peer is not always told of.
            return pending > 0 ? RETRY_MS : UNTIL_TOLD;
        }
        if (armed != UcxWorker.BUSY) {
            mourn();
            return 0;
        }
        return ++busy > PATIENCE ? RETRY_MS : 0;
    }

    @Override
    public int death() {
        return death;
    }

    @Override
    public int datagramCapacity() {
        return connected ? capacity : 0;
    }

    @Override
    public int descriptor() {
        return worker.descriptor();
    }

    /// Gives back everything. No loop has the link any more.
    @Override
    public void close() {
        worker.disconnect();
        for (int i = 0; i < posted.length; i++) {
            boolean handed = (i - firstHandedOut + posted.length) % posted.length < handedOut;
            if (!handed && posted[i] > 0) {
                worker.cancel(posted[i]);
                worker.progress();
                worker.free(posted[i]);
            }
        }
        reap();
        for (; pending > 0; pending--) {
            worker.free(sending[oldest]);
            oldest = (oldest + 1) % SEND_SLOTS;
        }
        worker.close();
    }
}
