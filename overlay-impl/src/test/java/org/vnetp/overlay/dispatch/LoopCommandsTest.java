package org.vnetp.overlay.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.stats.LoopCounter;
import org.vnetp.overlay.stats.LoopStatistics;

class LoopCommandsTest {
    private final Posix posix = new Posix();
    private final LoopStatistics statistics = new LoopStatistics("loop");
    private final LoopCommands commands = new LoopCommands(posix, statistics.counters());
    private final List<String> done = new ArrayList<>();

    @AfterEach
    void release() {
        commands.release(posix);
    }

    @Test
    void commandsRunInTheirOrderThoseThatCommandsAddToo() {
        commands.add(() -> {
            done.add("first");
            commands.add(() -> done.add("third"));
        });
        commands.add(() -> done.add("second"));
        commands.run();
        assertEquals(List.of("first", "second", "third"), done);
        assertEquals(3, statistics.counters().get(LoopCounter.COMMANDS));
    }

    /// A command that comes before the loop sleeps keeps it awake; one that comes after wakes it.
    @Test
    void noCommandIsSleptOver() {
        commands.add(() -> done.add("before"));
        assertFalse(commands.takeWake(posix), "a loop that is awake is not woken");
        assertFalse(commands.fallAsleep());
        commands.awake();
        commands.run();

        assertTrue(commands.fallAsleep());
        commands.add(() -> done.add("after"));
        assertEquals(1, posix.sleepUnlessReadable(commands.descriptor(), 10_000_000_000L), "woken, not timed out");
        commands.awake();
        assertTrue(commands.takeWake(posix));
        assertFalse(commands.takeWake(posix), "once");
        commands.run();
        assertEquals(List.of("before", "after"), done);
    }

    @Test
    void aLoopThatIsToEndDoesNotSleep() {
        assertTrue(commands.fallAsleep());
        commands.close();
        assertTrue(commands.closed());
        assertTrue(commands.takeWake(posix));
        assertFalse(commands.fallAsleep());
    }
}
