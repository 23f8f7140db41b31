package org.vnetp.overlay.adapt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Programs that move guests, and such that do not.
class MoverTest {
    private static final List<Decision.Step.Move> MOVES = List.of(
            new Decision.Step.Move("02:00:00:00:00:02", "b", "c"),
            new Decision.Step.Move("02:00:00:00:00:03", "c", "b"));

    @TempDir
    private Path directory;

    private String move(String script, Duration patience) throws Exception {
        Path program = directory.resolve("mover");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new Mover.Program(program, patience).move(MOVES);
    }

    @Test
    void itIsToldAllAtOnce() throws Exception {
        Path told = directory.resolve("told");
        assertEquals("", move("echo \"$@\" > " + told, Duration.ofMinutes(1)));
        assertEquals("02:00:00:00:00:02 b c 02:00:00:00:00:03 c b\n", Files.readString(told));
    }

    @Test
    void whatItSaysLastIsWhy() throws Exception {
        String trouble = move("echo begun; echo node c has gone >&2; echo; exit 3", Duration.ofMinutes(1));
        assertTrue(trouble.endsWith("mover ended with 3: node c has gone"), trouble);
        assertTrue(move("exit 1", Duration.ofMinutes(1)).endsWith("ended with 1: it said nothing"));
    }

    @Test
    void oneThatDoesNotEndIsEnded() throws Exception {
        String trouble = move("exec sleep 600", Duration.ofMillis(200));
        assertTrue(trouble.contains("has not ended within 0.2 s"), trouble);
    }

    @Test
    void oneThatIsNotThereIsNamed() {
        String trouble = new Mover.Program(directory.resolve("none"), Duration.ofMinutes(1)).move(MOVES);
        assertTrue(trouble.contains(directory.resolve("none") + " cannot be run"), trouble);
    }
}
