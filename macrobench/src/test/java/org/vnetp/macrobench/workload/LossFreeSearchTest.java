package org.vnetp.macrobench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LossFreeSearchTest {
    private static final LossFreeSearch.Settings SETTINGS = new LossFreeSearch.Settings(0.1, 3, 0.5, 0.02, 20);

    /// A channel that loses what exceeds its capacity, and something in every n-th trial besides.
    private static final class Channel implements LossFreeSearch.Channel {
        private final double capacity;
        private final double source;
        private final int unlucky;
        private int trials;

        Channel(double capacity, double source, int unlucky) {
            this.capacity = capacity;
            this.source = source;
            this.unlucky = unlucky;
        }

        @Override
        public LossFreeSearch.Trial run(double perSecond, double seconds) {
            double wanted = perSecond == 0 ? source : perSecond;
            double offered = Math.min(source, wanted);
            double took = perSecond > source ? Math.min(1.1, perSecond / source) * seconds : seconds;
            long sent = Math.round(Math.min(offered * took, wanted * seconds));
            long received = Math.round(Math.min(sent, capacity * took));
            if (++trials % unlucky == 0) {
                received -= 5;
            }
            return new LossFreeSearch.Trial(perSecond, seconds, sent, took, received);
        }
    }

    private static LossFreeSearch.Result search(Channel channel) throws Exception {
        return new LossFreeSearch(SETTINGS, channel).search();
    }

    @Test
    void theCapacityIsFoundWithinTheWidth() throws Exception {
        var found = search(new Channel(100_000, 400_000, Integer.MAX_VALUE));
        assertTrue(found.load() <= 100_001 && found.load() >= 98_000, found.load() + "");
        assertTrue(found.upper() - found.load() <= 0.02 * found.upper() + 1, found.toString());
        assertEquals(found.load(), found.conditionalThroughput());
        assertEquals(100_000, found.most(), 1);
        assertFalse(found.sourceLimited());
    }

    @Test
    void oneBadMomentInThreeDecidesNothing() throws Exception {
        var found = search(new Channel(100_000, 400_000, 3));
        assertTrue(found.load() >= 98_000, found.load() + "");
        assertTrue(found.trials().stream()
                .anyMatch(t -> t.intended() > 0 && t.intended() <= 100_000 && t.lossRatio() > 0));
    }

    @Test
    void aLoadThatTheSourceCannotOfferIsNotLossFree() throws Exception {
        var found = search(new Channel(1e9, 50_000, Integer.MAX_VALUE));
        assertTrue(found.load() <= 50_500, found.load() + "");
        assertTrue(found.sourceLimited());
        assertTrue(new LossFreeSearch.Trial(100_000, 1, 55_000, 1.1, 55_000).lossRatio() > 0.4);
    }

    @Test
    void theTimeOfAllTrialsIsBoundedAndNothingFoundIsSaid() throws Exception {
        var found = search(new Channel(100_000, 400_000, 1));
        assertEquals(0, found.load());
        assertEquals(0, found.conditionalThroughput());
        assertTrue(found.trials().size() <= 200, found.trials().size() + " trials");
        var brief = new LossFreeSearch(
                        new LossFreeSearch.Settings(0.1, 3, 0.5, 0.001, 0.7), new Channel(90_000, 95_000, 100))
                .search();
        assertTrue(brief.trials().size() <= 7, brief.trials().size() + " trials");
        assertTrue(brief.load() > 0);
    }

    @Test
    void everyTrialIsKeptInItsOrder() throws Exception {
        var found = search(new Channel(100_000, 400_000, 7));
        List<String> lines = LossFree.csv(found).lines().toList();
        assertEquals(found.trials().size() + 1, lines.size());
        assertTrue(lines.get(1).startsWith("0.0,0.100,40000,"), lines.get(1));
    }

    @Test
    void sizesThatAreNotLegalAreNamedWithTheLegalOnes() {
        var frame = assertThrows(IllegalArgumentException.class, () -> new LossFree().cells(List.of(64, 63)));
        assertTrue(
                frame.getMessage().contains("64 to 65000") && frame.getMessage().contains("63"), frame.getMessage());
        var message = assertThrows(
                IllegalArgumentException.class, () -> Iperf3.throughput().cells(List.of(2_000_000)));
        assertTrue(message.getMessage().contains("16 to 1048576"), message.getMessage());
        assertEquals(12, Iperf3.throughput().cells(List.of(64, 1024, 16384)).size());
        assertEquals(18, FrameSize.payload(64));
        assertEquals(1472, FrameSize.payload(1518));
    }
}
