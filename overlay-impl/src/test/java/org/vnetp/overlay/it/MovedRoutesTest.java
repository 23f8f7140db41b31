package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Guests send each other numbered datagrams ([MovedStar]), first undisturbed, then while both flows are moved to a
/// direct link and back without a pause. What is lost in both phases the machine has lost; a move must not lose any.
///
/// Datagrams a second, both ways together, are `-Dvnetp.moves.rate`, seconds a phase `-Dvnetp.moves.seconds`.
@Tag("netns")
@Timeout(180)
class MovedRoutesTest {
    private static final int RATE = Integer.getInteger("vnetp.moves.rate", 4000) / 2;
    private static final int SECONDS = Integer.getInteger("vnetp.moves.seconds", 2);
    /// From here on what the JIT still has to do takes nodes the processors that they need.
    private static final int HIGH_RATE = 5000;

    private static final int WARM_UP_S = 3;

    /// Where frames wait for a node or a program that does not get its turn. Anything else that drops a frame is
    /// no matter of the machine.
    private static final Set<String> QUEUES = Set.of("ring-full", "socket-full", "guest-refused", "link-full", "full");

    /// Frames of the probes that share a datagram of the vnet format.
    private static final int FRAMES_OF_A_DATAGRAM = 16;

    /// Datagrams that kernels merge or send at once, and a full socket drops and counts as one.
    private static final int MERGED = 64;

    @BeforeAll
    static void require() {
        Mesh.require("ip");
    }

    /// What came of some seconds.
    ///
    /// @param drops  by place and reason
    /// @param bounds moves that waited as long as they may
    private record Phase(
            String name,
            int moves,
            MovedStar.Seen one,
            MovedStar.Seen three,
            Map<String, Long> drops,
            long held,
            long bounds) {
        long sent() {
            return one.sent() + three.sent();
        }

        long lost() {
            return sent() - one.received() - three.received();
        }

        long reordered() {
            return one.reordered() + three.reordered();
        }

        long repeated() {
            return one.repeated() + three.repeated();
        }

        long refused() {
            return one.refused() + three.refused();
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s: %d moves, %d datagrams, %d lost, %d repeated, %d reordered, %d held, %d waits to the bound,"
                            + " %d sends refused and repeated; dropped: %s",
                    name,
                    moves,
                    sent(),
                    lost(),
                    repeated(),
                    reordered(),
                    held,
                    bounds,
                    refused(),
                    drops);
        }
    }

    /// What is waited for before flows that go directly are moved back to the hub.
    private interface Wait {
        void until(Namespaces.Condition over) throws Exception;
    }

    private static Phase phase(MovedStar star, String name, Wait wait) throws Exception {
        Map<String, Long> before = star.drops();
        long heldBefore = held(star);
        long boundsBefore = star.bounds();
        MovedStar.Traffic traffic = star.traffic(RATE, SECONDS);
        int moves = wait == null ? 0 : moveWhileTheySend(star, traffic, wait);
        traffic.await();
        Map<String, Long> drops = new TreeMap<>(star.drops());
        drops.replaceAll((where, count) -> count - before.getOrDefault(where, 0L));
        drops.put("guest 1 full", traffic.one().full());
        drops.put("guest 3 full", traffic.three().full());
        drops.values().removeIf(count -> count == 0);
        Phase phase = new Phase(
                name,
                moves,
                traffic.one(),
                traffic.three(),
                drops,
                held(star) - heldBefore,
                star.bounds() - boundsBefore);
        System.out.println(phase);
        return phase;
    }

    /// Moves both flows out and back; how often.
    private static int moveWhileTheySend(MovedStar star, MovedStar.Traffic traffic, Wait wait) throws Exception {
        int moves = 0;
        // On a machine that is too busy a probe does not send as many as it should.
        while (traffic.one().sent() < (long) RATE * SECONDS - RATE / 2 && !traffic.over()) {
            for (String way : new String[] {"direct", "hub"}) {
                if (way.equals("hub")) {
                    wait.until(traffic::over);
                }
                moves += star.move(1, way) + star.move(3, way);
            }
        }
        return moves;
    }

    private static long held(MovedStar star) throws Exception {
        long held = 0;
        for (int node : MovedStar.ENDS) {
            held += star.mesh().stat(node, "move_held_frames");
        }
        return held;
    }

    /// Lets the nodes carry what they are about to, so that they are as nodes are that have run for a while.
    private static void warmUp(MovedStar star) throws Exception {
        if (RATE >= HIGH_RATE) {
            star.traffic(RATE, WARM_UP_S).await();
        }
    }

    /// Asserts that every frame has come once, but for those that a queue had no room for.
    ///
    /// @param told whether guests' programs are told of a full ring, and send again
    private static void assertNothingLost(MovedStar star, Phase phase, boolean told, int framesOfADatagram)
            throws Exception {
        assertEquals(0, phase.repeated(), () -> phase + "\n" + told(star));
        assertTrue(phase.one().received() > RATE && phase.three().received() > RATE, phase::toString);
        Map<String, Long> queues = phase.drops().entrySet().stream()
                .filter(drop -> QUEUES.contains(reason(drop.getKey())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        assertEquals(queues, phase.drops(), () -> "drops for no want of room\n" + told(star));
        long explained = 0;
        for (Map.Entry<String, Long> queue : queues.entrySet()) {
            switch (reason(queue.getKey())) {
                case "ring-full" -> explained += told ? 0 : queue.getValue();
                case "socket-full" -> explained += queue.getValue() * framesOfADatagram * MERGED;
                case "link-full" -> explained += queue.getValue() * framesOfADatagram;
                case "full" ->
                    explained +=
                            queue.getValue() * (queue.getKey().startsWith("line") ? framesOfADatagram * MERGED : 1);
                default -> explained += queue.getValue();
            }
        }
        assertTrue(phase.lost() <= explained, phase + "\n" + told(star));
    }

    private static String reason(String drop) {
        return drop.substring(drop.lastIndexOf(' ') + 1);
    }

    private static String told(MovedStar star) {
        try {
            return star.told();
        } catch (Exception e) {
            return e.toString();
        }
    }

    /// Asserts that no frame overtook another.
    ///
    /// What frames wait for is bounded; on a machine that is too busy it may come later than that, and
    /// the node says so.
    private static void assertInOrder(MovedStar star, Phase phase, long bounds) {
        assertTrue(phase.moves() >= 4, () -> phase + "\n" + told(star));
        // Where nothing gets its turn for so long, few moves are made at all.
        assertTrue(bounds <= phase.moves() / 4 || phase.moves() < 40, () -> phase + "\n" + told(star));
        assertTrue(phase.reordered() == 0 || bounds > 0, () -> phase + "\n" + told(star));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vnet", "vxlan"})
    void nothingIsLostAndTheOrderIsKept(String format) throws Exception {
        try (MovedStar star = MovedStar.up(format, true, "")) {
            warmUp(star);
            Phase still = phase(star, format + ", undisturbed", null);
            Phase moving = phase(star, format + ", moved", _ -> {});
            int framesOfADatagram = format.equals("vnet") ? FRAMES_OF_A_DATAGRAM : 1;
            for (Phase phase : new Phase[] {still, moving}) {
                assertNothingLost(star, phase, true, framesOfADatagram);
            }
            assertEquals(0, still.reordered(), still::toString);
            assertInOrder(star, moving, moving.bounds());
            assertTrue(moving.held() > 0, moving::toString);
        }
    }

    /// Frames that a node's kernel gave its guest, and the node did not write.
    private static long carried(Mesh mesh, int node) throws Exception {
        String stats = mesh.say(node, "show stats --json");
        return NodeProcess.number(stats, "\"kind\":\\s*\"nic\".*?\"frames_out\":\\s*(\\d+)")
                - NodeProcess.number(stats, "\"kind\":\\s*\"nic\".*?\"calls_out\":\\s*(\\d+)");
    }

    private static long nics(Mesh mesh, String what) throws Exception {
        long sum = 0;
        for (int node : MovedStar.ENDS) {
            sum += NodeProcess.number(mesh.say(node, "show nics --json"), "\"" + what + "\":(\\d+)");
        }
        return sum;
    }

    @Test
    void flowsInTheKernelAreMovedToo() throws Exception {
        try (MovedStar star = MovedStar.up("vxlan", false, " fastpath")) {
            Mesh mesh = star.mesh();
            warmUp(star);
            Phase still = phase(star, "vxlan by the kernel, undisturbed", null);
            long hurriedBefore = nics(mesh, "flows_hurried");
            long offeredBefore = nics(mesh, "flows_offered");
            long carriedBefore = carried(mesh, 1) + carried(mesh, 3);
            // The faster the machine, the sooner a flow is moved again: before a kernel has it at all. What the hub
            // passes on comes in trains, which are the nodes'.
            Phase moving = phase(star, "vxlan by the kernel, moved", over -> {
                long before = carried(mesh, 1) + carried(mesh, 3);
                Namespaces.await(() -> over.holds() || carried(mesh, 1) + carried(mesh, 3) > before + 4);
            });
            long carried = carried(mesh, 1) + carried(mesh, 3) - carriedBefore;
            long hurried = nics(mesh, "flows_hurried") - hurriedBefore;
            System.out.printf("%d of them carried by kernels, %d flows hurried%n", carried, hurried);
            for (Phase phase : new Phase[] {still, moving}) {
                assertNothingLost(star, phase, false, 1);
            }
            assertTrue(still.reordered() == 0 || hurriedBefore > 0, still::toString);
            assertInOrder(star, moving, moving.bounds() + hurried);
            assertTrue(nics(mesh, "flows_offered") - offeredBefore >= moving.moves(), moving::toString);
            assertTrue(carried > moving.moves() - 4 || moving.bounds() > 0, () -> carried + " carried; " + moving);
        }
    }
}
