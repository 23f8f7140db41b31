package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.testbed.Machine;

/// The unit by which systemd runs a node, and the Debian package with it, which `./mvnw -Pdeb verify` builds.
@Tag("launcher")
@Timeout(120)
class ServicePackageTest {
    private static final Path UNIT = Path.of("../overlay-impl/src/systemd/vnetp@.service");

    @TempDir
    Path directory;

    private record Ended(int code, String text) {}

    private Ended run(String... words) throws Exception {
        Path printed = Files.createTempFile(directory, "said", ".txt");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        assertTrue(process.waitFor(100, TimeUnit.SECONDS), () -> List.of(words) + " does not end");
        String text = Files.readString(printed, StandardCharsets.UTF_8);
        Files.delete(printed);
        return new Ended(process.exitValue(), text);
    }

    @Test
    void systemdFindsNoFaultInTheUnit() throws Exception {
        BuiltLauncher.need(Machine.has("systemd-analyze"), "systemd-analyze");
        // The program is where the package puts it, which is not here.
        String text = Files.readString(UNIT)
                .replace("/usr/bin/vnetp", Path.of("../vnetp").toRealPath().toString());
        Path unit = Files.writeString(directory.resolve("vnetp@.service"), text);
        Path instance = Files.writeString(directory.resolve("vnetp@a.service"), text);
        for (Path each : List.of(unit, instance)) {
            Ended verified = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", each.toString());
            assertEquals(0, verified.code(), verified.text());
            assertEquals("", verified.text());
        }
        // An unknown or misspelt line is one of the faults.
        Files.writeString(instance, text.replace("ProtectClock=", "ProtectClok="));
        assertTrue(run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", instance.toString())
                .text()
                .contains("ProtectClok"));
    }

    @Test
    void thePackageIsInstalledRunsAndLeavesNothing() throws Exception {
        Optional<Path> built;
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            built = files.filter(file -> file.toString().endsWith(".deb")).findFirst();
        }
        Assumptions.assumeTrue(built.isPresent(), "no target/*.deb (./mvnw -Pdeb verify)");
        BuiltLauncher.need(Machine.has("dpkg"), "dpkg");
        BuiltLauncher.needRootAndTun();
        Path root = Files.createDirectory(directory.resolve("root"));
        Path state = Files.createDirectories(root.resolve("var/lib/dpkg"));
        Files.createDirectory(state.resolve("updates"));
        Files.createDirectory(state.resolve("info"));
        Files.createFile(state.resolve("status"));
        List<String> before = files(root);

        Ended installed = dpkg(root, "--install", built.get().toString());
        assertEquals(0, installed.code(), installed.text());
        assertEquals(
                "../lib/vnetp/vnetp",
                Files.readSymbolicLink(root.resolve("usr/bin/vnetp")).toString());
        Ended version = run(root.resolve("usr/bin/vnetp").toString(), "-V");
        assertTrue(version.text().matches("vnetp 0\\.1\\.0-SNAPSHOT.*\n"), version.text());
        Ended help = run(root.resolve("usr/bin/vnetp").toString(), "ctl", "help", "link");
        assertTrue(help.text().contains("link add"), help.text());
        assertEquals(Files.readString(UNIT), Files.readString(root.resolve("usr/lib/systemd/system/vnetp@.service")));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("etc/vnetp"))));
        Files.writeString(root.resolve("etc/vnetp/a.vnetp"), "node a\n");

        Ended removed = dpkg(root, "--remove", "vnetp");
        assertEquals(0, removed.code(), removed.text());
        assertTrue(Files.exists(root.resolve("etc/vnetp/a.vnetp")), "what the operator wrote stays until a purge");
        Ended purged = dpkg(root, "--purge", "vnetp");
        assertEquals(0, purged.code(), purged.text());
        assertEquals(before, files(root));
    }

    private Ended dpkg(Path root, String... words) throws Exception {
        List<String> all = new java.util.ArrayList<>(List.of(
                "dpkg",
                "--root=" + root,
                "--force-script-chrootless",
                "--force-depends",
                "--log=" + directory.resolve("dpkg.log")));
        all.addAll(List.of(words));
        return run(all.toArray(String[]::new));
    }

    /// All but dpkg's own.
    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.map(file -> root.relativize(file).toString())
                    .filter(file -> !file.startsWith("var"))
                    .sorted()
                    .toList();
        }
    }
}
