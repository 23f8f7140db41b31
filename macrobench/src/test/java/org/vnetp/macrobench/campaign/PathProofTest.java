package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vnetp.macrobench.campaign.PathProof.Evidence;

class PathProofTest {
    private static final long MB = 1_000_000;

    private static void objects(Evidence evidence, String words) {
        Optional<String> objection = PathProof.objection(evidence);
        assertTrue(objection.isPresent(), "no objection to " + evidence);
        assertTrue(objection.get().contains(words), objection.get());
    }

    @Test
    void acceptsARunWhoseBytesCrossedTheFabric() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, 2000, Map.of("vxlan", 300L))));
    }

    @Test
    void acceptsEpWhichSendsNextToNothing() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(240, 9_000, 80, 14_000, 90, 80, Map.of("vxlan", 0L))));
    }

    @Test
    void acceptsManySmallFramesWhoseHeadersOutweighThem() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(4 * MB, 6 * MB, 60_000, 11 * MB, 60_000, 60_000, Map.of())));
    }

    @Test
    void objectsWhenTheRanksUsedSharedMemory() {
        objects(
                new Evidence(40 * MB, 12_000, 90, 12_000, 90, -1, Map.of()),
                "at least 40 MB to other hosts, but this fabric's interfaces carried 12 kB");
    }

    @Test
    void objectsWhenNothingAtAllWasSent() {
        objects(new Evidence(1, 0, 0, 0, 0, -1, Map.of()), "carried 0 B");
    }

    @Test
    void objectsWhenAnotherFabricCarriedTheBytes() {
        objects(new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, 2000, Map.of("vxlan", 21 * MB)), "fabric vxlan");
    }

    @Test
    void objectsWhenHalfOfTheBytesWentBesideTheOverlay() {
        objects(
                new Evidence(40 * MB, 22 * MB, 2000, 44 * MB, 30_000, 2000, Map.of()),
                "part of the bytes took another way");
    }

    @Test
    void objectsWhenTheHostsLinksSawNothing() {
        objects(new Evidence(40 * MB, 42 * MB, 2000, 1 * MB, 800, 2000, Map.of()), "hosts' links only 1000 kB");
    }

    @Test
    void objectsWhenTheNodesSawFewOfTheFrames() {
        objects(new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, 10, Map.of()), "nodes took only 10");
    }
}
