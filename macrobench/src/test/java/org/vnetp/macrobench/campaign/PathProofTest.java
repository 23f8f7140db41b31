package org.vnetp.macrobench.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.vnetp.macrobench.campaign.PathProof.Evidence;
import org.vnetp.macrobench.testbed.NodeWork;

class PathProofTest {
    private static final long MB = 1_000_000;

    private static final Optional<NodeWork> NONE = Optional.empty();

    private static Optional<NodeWork> nodes(long frames, long bytes) {
        return nodes(frames, bytes, bytes);
    }

    private static Optional<NodeWork> nodes(long frames, long taken, long given) {
        return Optional.of(new NodeWork(frames, taken, frames, given, frames, 0, 2 * frames, frames, 0, 0));
    }

    private static void objects(Evidence evidence, String words) {
        Optional<String> objection = PathProof.objection(evidence);
        assertTrue(objection.isPresent(), "no objection to " + evidence);
        assertTrue(objection.get().contains(words), objection.get());
    }

    @Test
    void acceptsARunWhoseBytesCrossedTheFabric() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(
                        40 * MB, 42 * MB, 2000, 43 * MB, 29000, nodes(2000, 42 * MB), Map.of("vxlan", 300L))));
    }

    @Test
    void acceptsEpWhichSendsNextToNothing() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(240, 9_000, 80, 14_000, 90, nodes(80, 9_000), Map.of("vxlan", 0L))));
    }

    @Test
    void acceptsManySmallFramesWhoseHeadersOutweighThem() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(
                        new Evidence(4 * MB, 6 * MB, 60_000, 11 * MB, 60_000, nodes(60_000, 6 * MB), Map.of())));
    }

    @Test
    void objectsWhenTheRanksUsedSharedMemory() {
        objects(
                new Evidence(40 * MB, 12_000, 90, 12_000, 90, NONE, Map.of()),
                "at least 40 MB to other hosts, but this fabric's interfaces carried 12 kB");
    }

    @Test
    void objectsWhenNothingAtAllWasSent() {
        objects(new Evidence(1, 0, 0, 0, 0, NONE, Map.of()), "carried 0 B");
    }

    @Test
    void objectsWhenAnotherFabricCarriedTheBytes() {
        objects(
                new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, nodes(2000, 42 * MB), Map.of("vxlan", 21 * MB)),
                "fabric vxlan");
    }

    /// A detour doubles what crosses, and probes of what is free come on top.
    @Test
    void whereAControllerLeadsOnlyTooLittleIsWrong() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(
                        300 * MB, 301 * MB, 20_000, 724 * MB, 400_000, NONE, NONE, Map.of(), OptionalInt.empty())));
        objects(
                new Evidence(300 * MB, 301 * MB, 20_000, 200 * MB, 400_000, NONE, NONE, Map.of(), OptionalInt.empty()),
                "but the hosts' links only");
    }

    @Test
    void framesOfAStarMayCrossTwoLinksAndNoMore() {
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(
                        350 * MB, 360 * MB, 20_000, 549 * MB, 400_000, NONE, NONE, Map.of(), OptionalInt.of(2))));
        objects(
                new Evidence(350 * MB, 360 * MB, 20_000, 900 * MB, 400_000, NONE, NONE, Map.of(), OptionalInt.of(2)),
                "part of the bytes took another way");
    }

    @Test
    void objectsWhenHalfOfTheBytesWentBesideTheOverlay() {
        objects(
                new Evidence(20 * MB, 22 * MB, 2000, 44 * MB, 30_000, nodes(2000, 22 * MB), Map.of()),
                "part of the bytes took another way");
    }

    @Test
    void objectsWhenTheHostsLinksSawNothing() {
        objects(
                new Evidence(40 * MB, 42 * MB, 2000, 1 * MB, 800, nodes(2000, 42 * MB), Map.of()),
                "hosts' links only 1000 kB");
    }

    @Test
    void objectsWhenTheNodesSawFewOfTheFrames() {
        objects(
                new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, nodes(10, 42 * MB), Map.of()),
                "nodes took only 10");
    }

    @Test
    void objectsWhenTheNodesSawFewOfTheBytes() {
        objects(
                new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, nodes(2000, 21 * MB), Map.of()),
                "interfaces sent 42 MB, its nodes took only 21 MB");
    }

    @Test
    void objectsWhenTheCountersOfTheNodesDoNotMoveAtAll() {
        objects(new Evidence(1, 42, 1, 43, 1, nodes(0, 0), Map.of()), "its nodes took only 0");
    }

    @Test
    void objectsWhenTheNodesDidNotDeliver() {
        objects(
                new Evidence(40 * MB, 42 * MB, 2000, 43 * MB, 29000, nodes(2000, 42 * MB, 3 * MB), Map.of()),
                "took 42 MB from their guests, but gave only 3000 kB");
    }

    @Test
    void objectsWhenTheNodesThatForwardForGuestsHaveNotSeenTheBytes() {
        Optional<NodeWork> nodes = nodes(2000, 42 * MB);
        // On the sender's host and on the receiver's.
        Optional<NodeWork> all = nodes(58_000, 86 * MB);
        assertEquals(
                Optional.empty(),
                PathProof.objection(new Evidence(
                        40 * MB, 42 * MB, 2000, 43 * MB, 29_000, nodes, all, Map.of(), OptionalInt.of(1))));
        objects(
                new Evidence(
                        40 * MB,
                        42 * MB,
                        2000,
                        43 * MB,
                        29_000,
                        nodes,
                        nodes(29_000, 43 * MB),
                        Map.of(),
                        OptionalInt.of(1)),
                "passed on only 43 MB on both hosts together");
        objects(
                new Evidence(
                        40 * MB,
                        42 * MB,
                        2000,
                        43 * MB,
                        29_000,
                        nodes,
                        nodes(58_000, 86 * MB, 79 * MB),
                        Map.of(),
                        OptionalInt.of(1)),
                "passed on only 79 MB");
    }
}
