package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    @TempDir
    Path parent;

    private Process holder(String what) throws IOException {
        ProcessBuilder builder = Child.of(
                Machine.java(), "-XX:TieredStopAtLevel=1", "-cp", Machine.classPath(), Holder.class.getName(), what);
        builder.environment().put("TMPDIR", parent.toString());
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aKilledProcessesDirectoryGoesAtTheNextStartAndALivingOnesStays() throws Exception {
        Process living = holder("stay");
        Process killed = holder("stay");
        String stays = Path.of(living.inputReader().readLine()).getFileName().toString();
        killed.inputReader().readLine();
        killed.destroyForcibly().waitFor();
        Files.createDirectory(parent.resolve("vnetp-run-other"));
        assertEquals(3, entries().size());

        Process third = holder("end");
        String path = third.inputReader().readLine();
        assertEquals(0, third.waitFor());

        assertTrue(Path.of(path).getFileName().toString().startsWith("vnetp-run-"), path);
        assertEquals(Stream.of("vnetp-run-other", stays).sorted().toList(), entries());
        living.destroy();
        living.waitFor();
        assertEquals(List.of("vnetp-run-other"), entries(), "a process that is told to end removes its own");
    }

    @Test
    void oneThatIsBeingMadeIsLeftAlone() throws Exception {
        Path fresh = Files.createDirectory(parent.resolve("vnetp-new-1"));
        Path old = Files.createDirectory(parent.resolve("vnetp-new-2"));
        Files.setLastModifiedTime(old, FileTime.fromMillis(System.currentTimeMillis() - 3_600_000));
        RunDirectory.sweep(parent);
        assertEquals(List.of(fresh.getFileName().toString()), entries());
    }

    /// Makes a directory with something in it.
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            Path work = RunDirectory.create("work");
            Files.writeString(work.resolve("file"), "text");
            System.out.println(RunDirectory.path());
            if (arguments[0].equals("stay")) {
                // Who is told to end removes what it made, as the testbed does.
                Runtime.getRuntime().addShutdownHook(new Thread(() -> LabDirectory.deleteTree(work)));
                Thread.sleep(60_000);
            }
            LabDirectory.deleteTree(work);
        }
    }
}
