package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Guests that go to other nodes by their controller's mover.
class GuestMovesTest {
    private static final int HOSTS = 3;

    @TempDir
    private Path directory;

    @Test
    void aPlanIsReadAsItWasWritten() throws Exception {
        GuestMoves moves = new GuestMoves(
                List.of(new GuestMoves.Node("a-x", "a", Path.of("/run/a b.sock"))),
                List.of(new GuestMoves.Guest("02:00:00:00:00:01", "nic vnet0 tap mac 02:00:00:00:00:01")));
        Path plan = directory.resolve("plan");
        Files.writeString(plan, moves.plan());
        assertEquals(moves.plan(), GuestMoves.read(plan).plan());
        Files.writeString(plan, moves.plan() + "guest\t02\n");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> GuestMoves.read(plan))
                .getMessage()
                .endsWith("expected a node or a guest, got 'guest\t02'"));
    }

    @Test
    void movingWantsAControllerThatMayChangeThingsAndAMesh() {
        for (String settings : List.of("move=on", "move=on,adapt=advise", "move=on,adapt=on,topology=star")) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class,
                    () -> new VnetpSettings(FabricSpec.parse("vnetp:" + settings), VnetpSettings.OWN));
            assertTrue(refused.getMessage().contains("move=on wants adapt=on and topology=mesh"), refused.getMessage());
        }
    }

    private static List<String> told(VnetpFabric fabric) {
        List<String> lines = new ArrayList<>();
        TravellerTest.told(fabric, HOSTS)
                .forEach(each -> lines.addAll(each.lines().toList()));
        lines.sort(null); // rules that were deleted and added again are the last
        return lines;
    }

    private static String move(VnetpFabric fabric, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(fabric.directory().resolve("mover").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + said.strip();
    }

    @Test
    @Tag("netns")
    @Timeout(180)
    void guestsChangePlacesAndComeHome() throws Exception {
        Requirements.namespaces();
        TestbedSpec spec =
                TestbedSpec.hosts(HOSTS).withName("gm" + ProcessHandle.current().pid() % 100_000);
        try (Testbed testbed = Testbed.up(spec);
                VnetpFabric fabric =
                        (VnetpFabric) testbed.fabric(FabricSpec.parse("moved=vnetp:adapt=on,move=on,warm-up=0"))) {
            final List<String> before = told(fabric);
            String one = Addresses.mac(fabric.network(), 1);
            String other = Addresses.mac(fabric.network(), 2);
            String refused = move(fabric, one, "b-moved", "c-moved");
            assertTrue(refused.startsWith("1guest " + other + ": expected a node of its own"), refused);
            assertEquals(before, told(fabric));
            assertEquals("0", move(fabric, one, "b-moved", "c-moved", other, "c-moved", "b-moved"));
            assertTrue(fabric.say(2, "show nics --json").contains(one));
            assertTrue(fabric.say(1, "show nics --json").contains(other));
            fabric.prove();
            fabric.restartAdapter();
            assertEquals(before, told(fabric));
            fabric.prove();
            fabric.check();
            assertTrue(fabric.snapshot().nodeWork().isEmpty(), "what NICs counted went with them");
        }
    }
}
