package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.frame.NetworkOrder;

/// Two ends of a link that measure it, and what a liar can do to one of them.
class LinkMeterTest {
    private static final long THERE_NS = 3_000_000;
    private static final long BACK_NS = 5_000_000;
    private static final long HELD_NS = 400_000;

    private long nowNs = 7_000_000_000_000L;

    /// An end's clocks: its time of day is what it likes.
    private final class Clocks implements Stamps {
        private long offsetNs = 1_700_000_000_000_000_000L;
        private long ageNs = -1;

        @Override
        public long monotonicNs() {
            return nowNs;
        }

        @Override
        public long realtimeNs() {
            return nowNs + offsetNs;
        }

        @Override
        public long arrivalAgeNs(long realtimeNs) {
            return ageNs;
        }
    }

    private static final class Counts implements LinkCounts {
        private long expected = 1000;

        @Override
        public long expected() {
            return expected;
        }

        @Override
        public long missing() {
            return 10;
        }

        @Override
        public long late() {
            return 4;
        }

        @Override
        public long extent() {
            return 9;
        }

        @Override
        public long breaks() {
            return 1;
        }

        @Override
        public long bytesIn() {
            return 5000;
        }

        @Override
        public long datagramsIn() {
            return 990;
        }
    }

    private int pending;
    private final Clocks ours = new Clocks();
    private final Clocks theirs = new Clocks();
    private final Counts counts = new Counts();
    private final LinkMeter here = meter(0x1234, 99, ours);
    private final LinkMeter there = meter(0x4321, 99, theirs);

    private LinkMeter meter(int session, long clock, Stamps stamps) {
        LinkMeter meter = new LinkMeter(session, clock);
        meter.attach(stamps, counts);
        return meter;
    }

    private record Message(int kind, MemorySegment bytes) {
        void to(LinkMeter meter) {
            meter.onMessage(kind, bytes, 0, (int) bytes.byteSize());
        }

        Message copy() {
            MemorySegment copied = Arena.ofAuto().allocate(bytes.byteSize());
            MemorySegment.copy(bytes, 0, copied, 0, bytes.byteSize());
            return new Message(kind, copied);
        }

        Message cut(int length) {
            return new Message(kind, copy().bytes.asSlice(0, length));
        }
    }

    private static Message next(LinkMeter meter) {
        int length = meter.next();
        return length == 0
                ? null
                : new Message(
                                meter.kind(),
                                MemorySegment.ofAddress(meter.address()).reinterpret(length))
                        .copy();
    }

    /// One echo of a pair.
    private Message echo() {
        if (pending == 0) {
            here.wantEchoes();
            pending = 2;
        }
        pending--;
        Message echo = next(here);
        assertNull(next(here), "each goes by itself");
        return echo;
    }

    private Message answered() {
        Message echo = echo();
        nowNs += THERE_NS;
        echo.to(there);
        nowNs += HELD_NS;
        Message answer = next(there);
        assertNull(next(there));
        nowNs += BACK_NS;
        return answer;
    }

    @Test
    void anEchoTellsBothWaysAndWhatTheOtherEndCounted() {
        theirs.offsetNs += 2_000_000_000L;
        there.kernelBytesIn(300, true);
        answered().to(here);
        Echo echo = here.fetch();
        assertEquals(0, echo.sequence());
        assertEquals(THERE_NS + BACK_NS, echo.rttNs());
        assertEquals(THERE_NS + 2_000_000_000L, echo.forwardNs());
        assertEquals(BACK_NS - 2_000_000_000L, echo.backwardNs());
        assertTrue(echo.sameClock(), "the same identity, whatever the test makes of it");
        assertEquals(new Echo.Counts(1000, 10, 4, 1, 9, 5300, 990, true), echo.there());
        assertTrue(echo.errorNs() > 1e6, "loops' stamps");
        assertNull(here.fetch());
        assertEquals(0, here.refused());
        assertEquals(1, there.answers());
    }

    @Test
    void arrivalsAreTakenFromTheKernelWhereItTells() {
        here.kernelStamps(true);
        there.kernelStamps(true);
        ours.ageNs = 1_000_000;
        theirs.ageNs = 500_000;
        answered().to(here);
        Echo echo = here.fetch();
        // Both arrivals were earlier than the loops saw them.
        assertEquals(THERE_NS + BACK_NS - 1_500_000, echo.rttNs());
        assertEquals(THERE_NS - 500_000, echo.forwardNs());
        assertEquals(BACK_NS - 1_000_000, echo.backwardNs());
        assertTrue(echo.errorNs() < 1e5, echo.toString());
    }

    @Test
    void sequencesGoOnBeyondWhatAnEchoNames() {
        for (int i = 0; i < 40; i++) {
            answered().to(here);
            assertEquals(i, here.fetch().sequence());
        }
        assertEquals(40, here.sent());
    }

    @Test
    void aReplayedAnswerAndOneOfAnotherSessionChangeNothing() {
        Message answer = answered();
        Message other = answer.copy();
        NetworkOrder.put16(other.bytes(), EchoFormat.SESSION, 0x9999);
        other.to(here);
        assertNull(here.fetch());
        answer.to(here);
        assertNotNull(here.fetch());
        answer.to(here);
        assertNull(here.fetch());
        assertEquals(2, here.refused());
    }

    @Test
    void impossibleTimestampsAreRefused() {
        for (int which = 0; which < 5; which++) {
            Message answer = answered();
            MemorySegment bytes = answer.bytes();
            long received = EchoFormat.timestamp(bytes, EchoFormat.RECEIVED);
            switch (which) {
                case 0 -> EchoFormat.timestamp(bytes, EchoFormat.TIMESTAMP, received - 1);
                case 1 -> NetworkOrder.put32(bytes, EchoFormat.TIMESTAMP + 4, 1_000_000_000);
                case 2 -> EchoFormat.timestamp(bytes, EchoFormat.TIMESTAMP, received + 11_000_000_000L);
                // Held for longer than the echo was away.
                case 3 ->
                    EchoFormat.timestamp(bytes, EchoFormat.TIMESTAMP, received + THERE_NS + BACK_NS + HELD_NS + 1);
                default -> NetworkOrder.put32(bytes, EchoFormat.ECHO_TIMESTAMP + 4, 5);
            }
            answer.to(here);
            assertNull(here.fetch(), "case " + which);
            assertEquals(which + 1, here.refused());
        }
        answered().to(here);
        assertNotNull(here.fetch());
    }

    @Test
    void messagesOfAllLengthsAndOfNoSenseThrowNothing() {
        Random random = new Random(5);
        MemorySegment bytes = Arena.ofAuto().allocate(2000);
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextInt(1, 1500);
            for (int k = 0; k < 40; k++) {
                bytes.set(ValueLayout.JAVA_BYTE, random.nextInt(length), (byte) random.nextInt());
            }
            here.onMessage(random.nextInt(1, 16), bytes, 0, length);
            for (int k = 0; k < 10; k++) {
                // It answers what it takes for an echo.
                here.next();
            }
        }
        assertNull(here.fetch());
        assertTrue(here.refused() > 10_000);
        answered().to(here);
        assertNotNull(here.fetch());
    }

    @Test
    void shortMessagesAreRefused() {
        Message answer = answered();
        answer.cut(EchoFormat.LENGTH - 1).to(here);
        assertNull(here.fetch());
        echo().cut(EchoFormat.LENGTH - 1).to(there);
        assertNull(next(there));
        assertEquals(1, here.refused());
        assertEquals(1, there.refused());
    }

    @Test
    void aFloodOfEchoesGetsSoManyAnswersASecond() {
        Message echo = echo();
        int answers = 0;
        for (int i = 0; i < 1000; i++) {
            echo.to(there);
            answers += next(there) == null ? 0 : 1;
            assertNull(next(there));
        }
        assertEquals(LinkMeter.ANSWERS_A_SECOND, answers);
        nowNs += 1_000_000_000L;
        echo.to(there);
        Message answer = next(there);
        assertNotNull(answer);
        assertEquals(echo.bytes().byteSize(), answer.bytes().byteSize(), "no amplification");
    }

    @Test
    void twoEchoesAtOnceGetTwoAnswers() {
        Message first = echo();
        Message second = echo();
        nowNs += THERE_NS;
        first.to(there);
        second.to(there);
        Message one = next(there);
        assertNull(next(there), "each goes by itself");
        Message other = next(there);
        nowNs += BACK_NS;
        other.to(here);
        one.to(here);
        assertEquals(1, here.fetch().sequence());
        assertEquals(0, here.fetch().sequence());
    }

    @Test
    void echoesOfTwoClocksSaySo() {
        LinkMeter elsewhere = meter(1, 98, theirs);
        echo().to(elsewhere);
        nowNs += HELD_NS;
        next(elsewhere).to(here);
        assertFalse(here.fetch().sameClock());
        LinkMeter unknown = meter(1, 0, theirs);
        LinkMeter alsoUnknown = meter(2, 0, ours);
        alsoUnknown.wantEchoes();
        next(alsoUnknown).to(unknown);
        nowNs += HELD_NS;
        next(unknown).to(alsoUnknown);
        assertFalse(alsoUnknown.fetch().sameClock(), "nobody knows his clock");
    }

    @Test
    void aTrainIsSentInPartsAndItsResultBelievedFromItsSessionOnly() {
        here.startTrain(5, 10, 200, 4);
        for (int i = 0; i < 4; i++) {
            nowNs += 1000;
            next(here).to(there);
        }
        assertNull(next(here));
        assertEquals(6, here.trainLeft());
        here.goOn(100);
        for (int i = 0; i < 6; i++) {
            nowNs += 10_000;
            next(here).to(there);
        }
        assertEquals(0, here.trainLeft());
        assertNull(next(here));
        here.askTrain(5, 900);
        Message end = next(here);
        end.to(there);
        Message result = next(there);
        assertTrue(result.bytes().byteSize() <= end.bytes().byteSize(), "no amplification");
        Message stranger = result.copy();
        NetworkOrder.put16(stranger.bytes(), 4, 0x1111);
        stranger.to(here);
        assertNull(here.trainResult());
        Message earlier = result.copy();
        NetworkOrder.put32(earlier.bytes(), 0, 4);
        earlier.to(here);
        assertNull(here.trainResult());
        result.to(here);
        assertEquals(10, here.trainResult().datagrams());
        assertEquals(2000, here.trainResult().bytes());
        assertEquals(9, here.trainResult().points().getLast().index());
        assertEquals(2, here.refused());
    }
}
