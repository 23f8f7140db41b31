package org.vnetp.macrobench.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.control.DispatchStatement;
import org.vnetp.overlay.control.StatementParser;
import org.vnetp.overlay.dispatch.DispatchSettings;

class SpaceTest {
    private static final Space SPACE = Space.of(4, true);

    @Test
    void theDefaultIsTheNodesOwn() throws Exception {
        DispatchStatement said = (DispatchStatement) new StatementParser()
                .parse(SPACE.statement(SPACE.usual(), true))
                .orElseThrow();
        DispatchSettings d = DispatchSettings.DEFAULT;
        assertEquals(d.out(), said.out().orElseThrow());
        assertEquals(d.in(), said.in().orElseThrow());
        assertEquals(d.alphaL(), said.alphaL().orElseThrow());
        assertEquals(d.alphaU(), said.alphaU().orElseThrow());
        assertEquals(d.omegaNs(), said.omegaNs().orElseThrow());
        assertEquals(d.yield(), said.yield().orElseThrow());
        assertEquals(d.tSleepNs(), said.tSleepNs().orElseThrow());
        assertEquals(d.tNoyieldRounds(), said.tNoyieldRounds().orElseThrow());
        assertEquals(d.dispatchers(), said.dispatchers().orElseThrow());
        assertEquals(d.batch(), said.batch().orElseThrow());
        assertEquals(d.scheduling().policy(), said.policy().orElseThrow());
        assertEquals(d.scheduling().nice(), said.nice().orElseThrow());
        assertEquals(d.scheduling().sliceNs(), said.sliceNs().orElseThrow());
        assertEquals(d.scheduling().cpus(), said.cpus().orElseThrow());
    }

    @Test
    void aNodeTakesEverySettingThatIsTried() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            List<Setting> start = SPACE.start(32, 2, new Random(seed));
            assertEquals(32, new HashSet<>(start).size(), "settings differ");
            assertFalse(start.contains(SPACE.usual()));
            assertTrue(start.stream().map(SPACE::kind).distinct().count() <= 3, "two kinds beside the default's");
            for (Setting setting : start) {
                assertTrue(new StatementParser()
                        .parse(SPACE.statement(setting, true))
                        .isPresent());
                assertTrue(new StatementParser()
                        .parse(SPACE.statement(setting, false))
                        .isPresent());
                assertEquals(setting, SPACE.canonical(setting));
            }
        }
    }

    @Test
    void parametersWithoutEffectAreNotVaried() {
        Setting guest = SPACE.setting(Map.of("mode", "guest", "alpha-l", "3000", "yield", "timed", "t-sleep", "10us"));
        assertEquals(SPACE.setting(Map.of("mode", "guest")), guest);
        assertFalse(SPACE.statement(guest, false).contains("alpha"), SPACE.statement(guest, false));
        assertTrue(SPACE.statement(guest, true).contains("alpha-l 1000 alpha-u 10000"));
        for (Setting beside : SPACE.beside(guest, new Random(1))) {
            assertFalse(beside.equals(guest));
        }
        Setting polling = SPACE.setting(Map.of("mode", "vmm", "yield", "immediate", "t-noyield", "10"));
        assertEquals("1000", polling.get("t-noyield"));
    }

    @Test
    void rateBoundsAlwaysFit() {
        Setting setting = SPACE.setting(Map.of("alpha-l", "100000", "alpha-u-by", "30"));
        assertTrue(SPACE.statement(setting, false).contains("alpha-l 100000 alpha-u 3000000"));
    }

    @Test
    void isNarrowedAndFixed() {
        Space narrow = SPACE.within(List.of("mode=guest|vmm", "batch=8", "t-sleep=10us|25us"));
        assertEquals("guest", narrow.usual().get("mode"));
        assertEquals("8", narrow.usual().get("batch"));
        for (Setting setting : narrow.start(24, 2, new Random(2))) {
            assertFalse(setting.get("mode").equals("adaptive"), setting.toString());
            assertEquals("8", setting.get("batch"));
        }
    }

    @Test
    void whatIsNoParameterOrNoValueIsNamed() {
        for (String bad : List.of(
                "mod=guest",
                "mode",
                "mode=fast",
                "batch=0",
                "t-sleep=5",
                "threads=many",
                "ring=1",
                "alpha-u-by=0",
                "cpus=a",
                "nice=77",
                "mode=")) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> SPACE.within(List.of(bad)), bad);
            assertTrue(e.getMessage().contains("expected") || e.getMessage().contains("no value"), e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> SPACE.setting(Map.of("speed", "1")));
    }

    @Test
    void stepsAreSmallAndWordsAreAll() {
        Setting usual = SPACE.usual();
        List<String> batches = SPACE.beside(usual, new Random(3)).stream()
                .map(s -> s.get("batch"))
                .filter(b -> !b.equals("64"))
                .sorted()
                .collect(Collectors.toList());
        assertEquals(List.of("128", "32"), batches);
    }

    @Test
    void whatAStartSetsIsSaidWhereItIsSet() {
        List<String> lines = SPACE.lines(SPACE.setting(Map.of("threads", "dedicated", "ring", "256")));
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(1).contains("ring 256"), lines.toString());
        assertTrue(lines.get(2).contains("--threads dedicated"), lines.toString());
    }
}
