package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.macrobench.mpi.MpiLauncher;

/// Machines of an inventory that have no JDK: what runs there comes from a pack, linked here for these tests'
/// classes.
@Tag("netns")
@Timeout(180)
@EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // a third of a minute
class PackedHostsTest {
    private static final String HASH = "0123456789abcdef";
    private static final String MODULES = "java.base,java.management,jdk.httpserver,jdk.net,jdk.unsupported";

    @TempDir
    private static Path directory;

    private static SshHosts hosts;
    private static Pack.Archive archive;

    @BeforeAll
    static void up() throws IOException {
        Requirements.program("tar");
        hosts = SshHosts.up("pack");
        hosts.hideJdk();
        archive = new Pack.Archive(packed(), HASH);
    }

    @AfterAll
    static void down() throws IOException {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static Path packed() throws IOException {
        Path tree = directory.resolve("vnetp");
        Path lib = Files.createDirectories(tree.resolve("lib"));
        tool(
                "jlink",
                "--add-modules",
                MODULES,
                "--strip-debug",
                "--no-header-files",
                "--no-man-pages",
                "--output",
                tree.resolve("runtime").toString());
        int number = 0;
        for (String entry : Machine.classPath().split(File.pathSeparator)) {
            Path from = Path.of(entry);
            Path to = lib.resolve(number++ + ".jar");
            if (Files.isDirectory(from)) {
                tool("jar", "--create", "--file", to.toString(), "-C", entry, ".");
            } else if (Files.exists(from)) {
                Files.copy(from, to);
            }
        }
        Path file = directory.resolve("pack.tar.gz");
        Shell.run("tar", "czf", file.toString(), "-C", directory.toString(), "vnetp");
        return file;
    }

    private static void tool(String name, String... arguments) {
        PrintWriter out = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments);
        assertEquals(0, code, name);
    }

    private static String said(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static Path installed() {
        return hosts.home().resolve(".cache/vnetp").resolve(HASH);
    }

    private static List<String> probe() {
        return List.of(
                Machine.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Machine.classPath(),
                FileProbe.class.getName(),
                installed().toString());
    }

    @Test
    void programsRanksAndNodesRunFromWhatIsCopiedThereOnce() throws Exception {
        List<Pack.Archive> asked = new ArrayList<>();
        String found = installed() + " is here\n";
        FileTime made;
        try (Testbed testbed = hosts.testbed(() -> {
            asked.add(archive);
            return archive;
        })) {
            assertEquals(1, asked.size());
            Fabric over = testbed.fabric(FabricSpec.parse("over=vxlan"));
            Endpoint b = over.endpoints().get(1);
            assertEquals(Optional.empty(), b.lacks(Machine.ourFiles()));
            assertEquals(Optional.of("no-such"), b.lacks(List.of(Machine.java(), "no-such")));
            assertEquals(found, said(b.command(probe()).start()));
            assertEquals(
                    found + found,
                    said(MpiLauncher.find("openmpi").over(over, 2, probe()).start()));
            made = Files.getLastModifiedTime(installed());

            Fabric ours = testbed.fabric(FabricSpec.parse("vnetp:warm-up=0"));
            Counters before = ours.snapshot();
            Endpoint a = ours.endpoints().get(0);
            b = ours.endpoints().get(1);
            assertEquals("vnetp2", b.interfaceName());
            assertEquals(
                    0,
                    a.command("ping", "-q", "-c", "3", "-i", "0.01", b.address())
                            .start()
                            .waitFor());
            Counters counted = ours.snapshot().minus(before);
            assertTrue(counted.endpoints().getFirst().txBytes() >= 3 * 84, counted.toString());
            assertTrue(counted.underlay().getFirst().txBytes() >= 3 * 84, counted.toString());
            ours.check();
            assertEquals(
                    found + found,
                    said(MpiLauncher.find("openmpi").over(ours, 2, probe()).start()));
        }
        try (Testbed testbed = hosts.testbed(() -> archive)) {
            for (Fabric fabric : testbed.fabrics()) {
                for (Endpoint each : fabric.endpoints()) {
                    assertEquals(
                            1,
                            each.command("test", "-e", "/sys/class/net/vnetp2")
                                    .start()
                                    .waitFor(),
                            "a node's NIC is left at " + each.hostName());
                    assertEquals(
                            "",
                            said(each.command("find", "/tmp", "-name", "node.vnetp")
                                    .start()));
                }
            }
        }
        assertEquals(made, Files.getLastModifiedTime(installed()), "it was copied again");
        try (Stream<Path> all = Files.list(installed().getParent())) {
            assertEquals(List.of(installed()), all.toList());
        }
    }

    @Test
    void whatIsNoPackIsRefusedAndLeavesNothing() throws IOException {
        Path broken = Files.writeString(directory.resolve("broken.tar.gz"), "no archive");
        FabricException e = assertThrows(
                FabricException.class, () -> hosts.testbed(() -> new Pack.Archive(broken, "feedfeedfeedfeed")));
        assertTrue(e.getMessage().startsWith("sending broken.tar.gz to m0 failed with 1: "), e.getMessage());
        try (Stream<Path> all = Files.list(hosts.home().resolve(".cache/vnetp"))) {
            assertEquals(
                    List.of(),
                    all.filter(file -> file.toString().contains("feed")).toList());
        }
    }
}
