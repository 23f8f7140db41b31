package org.vnetp.overlay.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vnetp.overlay.encap.MessageEnvelope;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.Frame;
import org.vnetp.overlay.frame.VirtioNetHeader;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.UcxWorker;
import org.vnetp.overlay.stats.AllocatedBytes;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// Two ends of a link over UCX's shared memory in this process, stepped by hand on one thread.
@Timeout(60)
class UcxQueueTest {
    private static final int MOST = VirtioNetHeader.LENGTH + Frame.MAX_LENGTH;
    private static final long ENVELOPE = 0x0307;

    private final Arena arena = Arena.ofAuto();
    private final Posix posix = new Posix();
    private final MemorySegment message = arena.allocate(MessageEnvelope.LENGTH + MOST + 8L, 64);
    private End a;
    private End b;

    private final class End {
        private final DropCounters drops = new DropCounters();
        private final PortCounters counters = new PortCounters();
        private final ReceiveBatch batch = new ReceiveBatch(arena, 32);
        private final UcxWorker worker = UcxWorker.openShared(Map.of("TLS", "posix", "RNDV_THRESH", "inf"));
        private final byte[] address = worker.address();
        private final long secret;
        private final UcxLink link;

        private End(long secret) {
            this.secret = secret;
            link = new UcxLink(arena, worker, batch, secret, 9026, drops, counters);
        }

        private void send(int length) {
            link.slice(message.address(), MessageEnvelope.LENGTH);
            link.slice(message.address() + MessageEnvelope.LENGTH, length);
            link.endTrain(MessageEnvelope.LENGTH + length, 1, MessageEnvelope.LENGTH + length, Ecn.NOT_ECT);
        }

        private int receive() {
            batch.reset();
            return link.receive(posix, batch);
        }

        private void awaitMessage() {
            while (receive() == 0) {
                Thread.onSpinWait();
            }
        }
    }

    @BeforeEach
    void connect() {
        try {
            UcxWorker.version();
        } catch (IllegalStateException e) {
            Assumptions.abort(e.getMessage());
        }
        message.set(ValueLayout.JAVA_LONG, 0, ENVELOPE);
        a = new End(0x1111_2222_3333L);
        b = new End(0xFFFF_EEEE_DDDDL);
        assertEquals(0, a.link.datagramCapacity());
        a.link.connect(b.address, b.secret, true);
        b.link.connect(a.address, a.secret, true);
        assertEquals(9026, a.link.datagramCapacity());
    }

    @AfterEach
    void close() {
        if (a != null) {
            a.link.close();
            b.link.close();
        }
    }

    @Test
    void messagesOfAllLengthsComeWholeAndInOrder() {
        Random random = new Random(1);
        for (int length : new int[] {26, 60, 1514, 9000, 65_400, MOST, 27}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            MemorySegment.copy(bytes, 0, message, ValueLayout.JAVA_BYTE, MessageEnvelope.LENGTH, length);
            a.send(length);
            b.awaitMessage();
            assertEquals(MessageEnvelope.LENGTH + length, b.batch.length(0));
            assertEquals(ENVELOPE, b.batch.slab().get(ValueLayout.JAVA_LONG, b.batch.offset(0)));
            assertArrayEquals(
                    bytes,
                    b.batch
                            .slab()
                            .asSlice(b.batch.offset(0) + MessageEnvelope.LENGTH, length)
                            .toArray(ValueLayout.JAVA_BYTE));
        }
        for (int i = 0; i < 200; i++) {
            message.set(ValueLayout.JAVA_INT, MessageEnvelope.LENGTH, i);
            a.send(100);
            b.awaitMessage();
            assertEquals(i, b.batch.slab().get(ValueLayout.JAVA_INT, b.batch.offset(0) + MessageEnvelope.LENGTH));
        }
        assertEquals(0, a.drops.sum() + b.drops.sum());
        assertEquals(207, a.counters.get(PortCounter.DATAGRAMS_OUT));
        assertEquals(207, b.counters.get(PortCounter.DATAGRAMS_IN));
    }

    @Test
    void whatThePeerDoesNotTakeIsDroppedAndCountedAndTheRestArrives() {
        int sent = 1000;
        for (int i = 0; i < sent; i++) {
            message.set(ValueLayout.JAVA_INT, MessageEnvelope.LENGTH, i);
            a.send(65_000);
        }
        long dropped = a.drops.get(DropReason.LINK_FULL);
        assertTrue(dropped > sent / 2, dropped + " dropped of " + sent);
        assertEquals(sent - dropped, a.counters.get(PortCounter.DATAGRAMS_OUT));
        assertTrue(a.link.staged());
        assertTrue(a.link.rest() >= 0, "the loop would wait for ever");
        int last = -1;
        int received = 0;
        while (received < sent - dropped) {
            int count = b.receive();
            for (int i = 0; i < count; i++) {
                int number = b.batch.slab().get(ValueLayout.JAVA_INT, b.batch.offset(i) + MessageEnvelope.LENGTH);
                assertTrue(number > last, number + " after " + last);
                last = number;
            }
            received += count;
            a.link.flush(posix);
        }
        a.link.flush(posix);
        assertTrue(!a.link.staged(), "messages wait, but the peer has all");
        assertEquals(dropped, a.drops.sum());
    }

    @Test
    void aStrangersMessageIsDroppedAndCounted() {
        a.link.close();
        a = new End(0x4444);
        a.link.connect(b.address, b.secret - 1, true);
        a.send(100);
        b.awaitMessage();
        assertEquals(0, b.batch.length(0));
        assertEquals(1, b.drops.get(DropReason.UNKNOWN_SENDER));
    }

    @Test
    void nothingIsSentBeforeThereIsAPeer() {
        End c = new End(5);
        c.send(100);
        assertEquals(1, c.drops.get(DropReason.LINK_DOWN));
        c.link.close();
    }

    @Test
    void aRestingEndIsToldOfTheNextMessage() {
        while (b.link.rest() != Link.UNTIL_TOLD) {
            b.receive();
        }
        a.send(100);
        assertEquals(1, posix.sleepUnlessReadable(b.link.descriptor(), 10_000_000_000L));
        b.awaitMessage();
    }

    /// 0 B a message there and back into the loop's hands, once compiled.
    @Test
    void allocatesNothing() {
        int messages = 10_000;
        long allocated = AllocatedBytes.onceCompiled(messages, () -> {
            a.send(200);
            b.awaitMessage();
            b.link.rest();
        });
        assertEquals(0, allocated, "bytes for " + messages + " messages");
    }
}
