package org.vnetp.overlay.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vnetp.overlay.frame.NetworkOrder;

/// Capacity and free rate against a shaper whose rate, burst, queue and cross traffic are known.
class TrainsTest {
    private static final int MESSAGE = 1456;
    private static final int PACKET = 1500;
    private static final int SESSION = 77;

    private static final class Clock implements Stamps {
        private long nowNs;

        @Override
        public long monotonicNs() {
            return nowNs;
        }

        @Override
        public long realtimeNs() {
            return nowNs;
        }

        @Override
        public long arrivalAgeNs(long realtimeNs) {
            return -1;
        }
    }

    /// A token bucket with a queue, which cross traffic shares; the receiver takes what came every
    /// so often.
    private static final class Shaper {
        private final double rate;
        private final double burst;
        private final double queueBytes;
        private final double crossRate;
        private final long batchNs;
        private final Random random = new Random(3);
        private final Clock clock = new Clock();
        private final TrainReceiver receiver = new TrainReceiver();
        private final MemorySegment slab = Arena.ofAuto().allocate(2048);
        private long trainBeginsNs = 1_000_000_000L;
        private int trains;

        Shaper(double rate, double burst, double queueBytes, double crossRate, long batchNs) {
            this.rate = rate;
            this.burst = burst;
            this.queueBytes = queueBytes;
            this.crossRate = crossRate;
            this.batchNs = batchNs;
        }

        /// @param offsetNs of the receiver's clock
        TrainResult send(int datagrams, double sendRate, long offsetNs) {
            trains++;
            trainBeginsNs += 2_000_000_000L;
            double tokens = burst;
            double queued = 0;
            double last = 0;
            double freeAt = 0;
            for (int i = 0; i < datagrams; i++) {
                double sent = i * PACKET * 8e9 / sendRate;
                // Cross traffic and this packet both want tokens; what is not there yet waits.
                tokens += (sent - last) * (rate - crossRate) / 8e9;
                last = sent;
                tokens = Math.min(tokens, burst);
                queued = Math.max(0, -tokens);
                if (queued + PACKET > queueBytes) {
                    continue;
                }
                tokens -= PACKET;
                double wait = tokens >= 0 ? 0 : -tokens * 8e9 / rate;
                freeAt = Math.max(freeAt + 1, sent + wait);
                double arrives = batchNs == 0 ? freeAt : Math.ceil(freeAt / batchNs) * batchNs;
                NetworkOrder.put32(slab, 0, trains);
                NetworkOrder.put32(slab, 4, i);
                NetworkOrder.put64(slab, 8, trainBeginsNs + (long) sent + random.nextInt(500));
                NetworkOrder.put32(slab, 16, datagrams);
                NetworkOrder.put16(slab, 20, SESSION);
                clock.nowNs = trainBeginsNs + offsetNs + (long) arrives;
                assertTrue(receiver.onDatagram(slab, 0, MESSAGE, clock));
            }
            MemorySegment end = Arena.ofAuto().allocate(MESSAGE);
            NetworkOrder.put32(end, 0, trains);
            NetworkOrder.put16(end, 4, SESSION);
            assertTrue(receiver.onEnd(end, 0, MESSAGE));
            int length = receiver.result();
            MemorySegment result = MemorySegment.ofAddress(receiver.address()).reinterpret(length);
            return TrainResult.read(result, 0, length, SESSION);
        }
    }

    private static CapacitySearch search(Shaper shaper, double sendRate) {
        CapacitySearch search = new CapacitySearch(MESSAGE, PACKET);
        int trains = 0;
        while (search.next() > 0) {
            search.onTrain(shaper.send(search.next(), sendRate, -123_456_789L));
            assertTrue(++trains < 20);
        }
        return search;
    }

    @ParameterizedTest
    @CsvSource({
        // rate, burst, queue behind it, receiver's batches
        "10e6, 5000, 60000, 0",
        "100e6, 65536, 625000, 0",
        "100e6, 65536, 625000, 1000000",
        "100e6, 1048576, 625000, 200000",
        "1e9, 131072, 6000000, 0",
        "1e9, 1310720, 6000000, 500000",
        "1e9, 131072, 200000, 100000",
        "5e9, 1310720, 6000000, 100000"
    })
    void capacityBehindATokenBucket(double rate, double burst, double queue, long batchNs) {
        CapacitySearch search = search(new Shaper(rate, burst, queue, 0, batchNs), 8e9);
        Estimate found = search.estimate(0, 0);
        assertEquals(rate, found.value(), 0.05 * rate, found.toString());
        assertFalse(found.atLeast());
        assertTrue(search.sure());
        assertTrue(found.low() <= found.value() && found.value() <= found.high());
    }

    @Test
    void aSenderThatIsNoFasterFindsALowerBound() {
        Estimate found = search(new Shaper(40e9, 131072, 1e9, 0, 0), 6e9).estimate(0, 0);
        assertTrue(found.atLeast(), found.toString());
        assertEquals(6e9, found.value(), 0.1 * 6e9);
    }

    @Test
    void nobodyAnswers() {
        CapacitySearch search = new CapacitySearch(MESSAGE, PACKET);
        int trains = 0;
        while (search.next() > 0) {
            search.onTrain(null);
            trains++;
        }
        assertTrue(trains <= 4, trains + " trains");
        assertFalse(search.estimate(0, 0).known());
        FreeRateSearch free = new FreeRateSearch(1e8, 65_536, MESSAGE, PACKET);
        trains = 0;
        while (free.next() > 0) {
            free.onTrain(null);
            trains++;
        }
        assertTrue(trains <= 4, trains + " trains");
        assertFalse(free.estimate(0, 0).known());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0.25, 0", "0.5, 0", "0.75, 0", "0.5, 1000000", "0.9, 0"})
    void whatCrossTrafficLeaves(double load, long batchNs) {
        double rate = 100e6;
        Shaper shaper = new Shaper(rate, 65_536, 625_000, load * rate, batchNs);
        FreeRateSearch search = new FreeRateSearch(rate, 65_536, MESSAGE, PACKET);
        int trains = 0;
        while (search.next() > 0) {
            search.onTrain(shaper.send(search.datagrams(), search.next(), 987_654_321L));
            assertTrue(++trains < 20);
        }
        Estimate found = search.estimate(0, 0);
        assertEquals((1 - load) * rate, found.value(), 0.1 * rate, found.toString());
    }

    /// Whether so much is free: the least of trains, no capacity known before, and no answer in between.
    @ParameterizedTest
    @CsvSource({
        // share of the rate that others take, asked for, batches, whether that is free, trains
        "0, 90e6, 0, true, 1",
        "0, 90e6, 1000000, true, 1",
        "0, 120e6, 0, false, 3",
        "0.5, 40e6, 0, true, 1",
        "0.5, 40e6, 1000000, true, 1",
        "0.5, 60e6, 0, false, 3",
        "0.5, 60e6, 1000000, false, 3",
        "0, 150e6, 0, false, 2",
        "0.9, 15e6, 0, false, 3"
    })
    void whetherSoMuchIsFree(double load, double wanted, long batchNs, boolean isFree, int expected) {
        double rate = 100e6;
        Shaper shaper = new Shaper(rate, 65_536, 625_000, load * rate, batchNs);
        SpareSearch search = new SpareSearch(wanted, MESSAGE, PACKET);
        int trains = 0;
        while (search.next() > 0) {
            assertEquals(wanted, search.next());
            search.onTrain(shaper.send(search.datagrams(), search.next(), 987_654_321L));
            trains++;
        }
        assertEquals(expected, trains);
        Estimate found = search.estimate(0, 0);
        assertEquals(isFree, found.atLeast());
        assertEquals(isFree ? wanted : 0, found.low());
        assertEquals(isFree ? Double.NaN : wanted, found.high());
    }

    @Test
    void whetherSoMuchIsFreeWhereNobodyAnswers() {
        SpareSearch search = new SpareSearch(1e7, MESSAGE, PACKET);
        int trains = 0;
        while (search.next() > 0) {
            search.onTrain(null);
            trains++;
        }
        assertEquals(2, trains);
        assertFalse(search.estimate(0, 0).known());
    }

    /// One train that came slower and then nothing is too little to say that so much is not free.
    @Test
    void oneSlowTrainProvesNothing() {
        Shaper shaper = new Shaper(100e6, 65_536, 625_000, 0, 0);
        SpareSearch search = new SpareSearch(120e6, MESSAGE, PACKET);
        search.onTrain(shaper.send(search.datagrams(), search.next(), 0));
        search.onTrain(null);
        search.onTrain(null);
        assertEquals(0, search.next());
        assertFalse(search.estimate(0, 0).known());
    }

    @Test
    void resultsThatContradictThemselvesAreNone() {
        Shaper shaper = new Shaper(100e6, 65_536, 625_000, 0, 0);
        assertNotNull(shaper.send(100, 8e9, 0));
        MemorySegment message = Arena.ofAuto().allocate(EchoFormat.RESULT_HEAD + 3 * EchoFormat.POINT_LENGTH);
        int length = (int) message.byteSize();
        NetworkOrder.put16(message, 4, SESSION);
        NetworkOrder.put16(message, 6, 3);
        for (int i = 0; i < 3; i++) {
            long at = EchoFormat.RESULT_HEAD + (long) i * EchoFormat.POINT_LENGTH;
            NetworkOrder.put64(message, at + 16, 1000 * i);
            NetworkOrder.put64(message, at + 24, 1500 * (i + 1));
        }
        assertNotNull(TrainResult.read(message, 0, length, SESSION));
        assertNull(TrainResult.read(message, 0, length, SESSION + 1), "session");
        assertNull(TrainResult.read(message, 0, length - 1, SESSION), "fewer bytes than points");
        assertNull(TrainResult.read(message, 0, EchoFormat.RESULT_HEAD - 1, SESSION), "short");
        NetworkOrder.put64(message, EchoFormat.RESULT_HEAD + EchoFormat.POINT_LENGTH + 16, 5000);
        assertNull(TrainResult.read(message, 0, length, SESSION), "time goes back");
        NetworkOrder.put64(message, EchoFormat.RESULT_HEAD + EchoFormat.POINT_LENGTH + 16, 1000);
        NetworkOrder.put64(message, EchoFormat.RESULT_HEAD + EchoFormat.POINT_LENGTH + 24, 1);
        assertNull(TrainResult.read(message, 0, length, SESSION), "bytes become fewer");
    }
}
