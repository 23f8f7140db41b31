package org.vnetp.overlay.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class NamespacesTest {
    /// A test that is killed.
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            Namespaces namespaces = new Namespaces();
            String name = namespaces.add("x");
            Process inside = namespaces.start(name, "sleep", "600");
            System.out.println(name + " " + namespaces.directory() + " " + inside.pid());
            Thread.sleep(600_000);
        }
    }

    @Test
    void aKilledTestLeavesNoNamespace() throws Exception {
        Namespaces.require("ip", "setsid");
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Holder.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            String[] said = holder.inputReader().readLine().split(" ");
            Path namespace = Path.of("/run/netns", said[0]);
            assertTrue(Files.exists(namespace), namespace.toString());
            ProcessHandle inside = ProcessHandle.of(Long.parseLong(said[2])).orElseThrow();
            assertTrue(inside.info().command().isPresent());
            holder.destroyForcibly().onExit().join();
            // Where nobody waits for orphans, one that was killed still is a process, but without a program.
            Namespaces.await(() -> !Files.exists(namespace)
                    && !Files.exists(Path.of(said[1]))
                    && inside.info().command().isEmpty());
        } finally {
            holder.destroyForcibly();
        }
    }
}
