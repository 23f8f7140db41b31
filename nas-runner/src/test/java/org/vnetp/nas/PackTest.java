package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.vnetp.nas.BuiltLauncher.Said;

/// `./vnetp pack`: its archive where there is no JDK.
@Tag("launcher")
@Timeout(300)
class PackTest {
    private static final long MOST_BYTES = 60_000_000;
    private static final long PATIENCE_S = 120;

    /// Takes the JDKs away, and the network but for a loopback. What is in PATH by another way is no Java either.
    private static final String BARE = """
            for jdks in /usr/lib/jvm /opt /usr/java; do
                [ ! -d $jdks ] || mount -t tmpfs none $jdks || exit 99
            done
            ip link set lo up || exit 99
            unset JAVA_HOME
            for each in java javac; do
                if command -v $each >&2; then echo "there is a $each still" >&2; exit 98; fi
            done
            exec "$@"
            """;

    @TempDir
    Path parent;

    private BuiltLauncher launcher;

    @BeforeEach
    void home() throws IOException {
        launcher = BuiltLauncher.in(parent.resolve("home"));
    }

    @AfterEach
    void away() throws IOException {
        launcher.close();
    }

    private Said pack(BuiltLauncher by, Path file) throws Exception {
        Said said = by.run(parent, Map.of(), List.of("pack", file.toString()));
        assertEquals(0, said.code(), said.text());
        return said;
    }

    private static String last(Said said) {
        return said.text().strip().lines().reduce("", (_, line) -> line);
    }

    private Process start(Path printed, List<String> words) throws IOException {
        List<String> all = new ArrayList<>(List.of("unshare", "--mount", "--net", "sh", "-c", BARE, "sh"));
        all.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(all);
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("XDG_CACHE_HOME", parent.resolve("cache").toString());
        return builder.directory(parent.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
    }

    private Said run(String... words) throws Exception {
        Path printed = parent.resolve("printed");
        Process process = start(printed, List.of(words));
        assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS), () -> List.of(words) + " does not end");
        return new Said(process.exitValue(), Files.readString(printed));
    }

    @Test
    void itRunsWhereThereIsNoJdk() throws Exception {
        BuiltLauncher.needRootAndTun();
        Path archive = built();
        if (archive == null) {
            archive = parent.resolve("one.tar.gz");
            Said first = pack(launcher, archive);
            assertEquals(hash(archive), last(first).substring(last(first).lastIndexOf(' ') + 1), first.text());
        }
        assertTrue(Files.size(archive) < MOST_BYTES, "it has " + Files.size(archive) + " bytes");

        Said unpacked = run("tar", "xzf", archive.toString());
        assertEquals(0, unpacked.code(), unpacked.text());
        String vnetp = parent.resolve("vnetp/vnetp").toString();
        Said version = run(vnetp, "-V");
        assertTrue(version.text().matches("vnetp 0\\.1\\.0-SNAPSHOT( \\([0-9a-f]+\\))?\n"), version.text());
        Said kernel = run(vnetp, "kernel", "ep.S", "--ranks", "2", "--warm-up", "0");
        assertEquals(0, kernel.code(), kernel.text());
        assertTrue(kernel.hasLine(".*SUCCESSFUL.*"), kernel.text());
        aNodeAnswers(vnetp);
        // Classes come from the archive that jlink has made, which would else be left aside in silence.
        Said shared = run(
                parent.resolve("vnetp/runtime/bin/java").toString(),
                "-XX:+UseSerialGC",
                "-Xshare:on",
                "-Xlog:class+path=off",
                "-version");
        assertEquals(0, shared.code(), shared.text());
        Said tests = run(vnetp, "test");
        assertEquals(4, tests.code(), tests.text());
        assertTrue(tests.text().contains("test: a pack has no sources"), tests.text());

        // Packed by what was unpacked: the same bytes.
        Path again = parent.resolve("again.tar.gz");
        Said second = run(vnetp, "pack", again.toString());
        assertEquals(again + " " + hash(archive), last(second), second.text());
        assertEquals(-1, Files.mismatch(archive, again));
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.getFileName().toString().matches(".*\\.tar\\.gz\\..*"))
                            .toList(),
                    "work that was left behind");
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "vnetp.machines", matches = "all") // half a minute
    void linkedTwiceItIsTheSame() throws Exception {
        Path one = parent.resolve("one.tar.gz");
        Path two = parent.resolve("two.tar.gz");
        pack(launcher, one);
        pack(launcher, two);
        assertEquals(-1, Files.mismatch(one, two));
    }

    /// What `./mvnw -Pdeb` has made of these jars on the way to its package; else null.
    private static Path built() {
        Path file = Path.of("target/vnetp.tar.gz").toAbsolutePath();
        return Files.exists(file) ? file : null;
    }

    private static String hash(Path archive) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", "gzip -dc '" + archive + "' | sha256sum").start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return said.substring(0, 32);
    }

    private void aNodeAnswers(String vnetp) throws Exception {
        String name = "packed" + ProcessHandle.current().pid() % 100_000;
        Path file = Files.writeString(parent.resolve("node.vnetp"), """
                node %s
                listen 127.0.0.1:4789 network 42
                nic vnet0 tap
                link add b 127.0.0.2:4789
                """.formatted(name));
        Path printed = parent.resolve("node.out");
        Process node = start(printed, List.of(vnetp, "node", file.toString()));
        try {
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
            while (!Files.readString(printed).contains(" ready ")) {
                assertTrue(node.isAlive() && System.nanoTime() < patience, () -> "no node: " + text(printed));
                Thread.sleep(20);
            }
            Said said = run(vnetp, "ctl", name, "show links");
            assertEquals(0, said.code(), said.text());
            assertTrue(said.hasLine(".*\\bb\\b.*127\\.0\\.0\\.2:4789.*"), said.text());
        } finally {
            node.destroy();
            assertTrue(node.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the node ends when it is told to");
        }
        assertEquals(0, node.exitValue(), () -> text(printed));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// The launcher's list of modules is written by hand.
    @Test
    void theRuntimeHasAllModulesThatTheJarsNeed() throws Exception {
        Path jdk = Path.of(System.getProperty("java.home"));
        BuiltLauncher.need(Files.isExecutable(jdk.resolve("bin/jdeps")), "jdeps");
        Set<Path> jars = new TreeSet<>();
        Set<String> names = new TreeSet<>();
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            for (Path directory : List.of(
                    launcher.home().resolve(module).resolve("target"),
                    launcher.home().resolve(module).resolve("target/lib"))) {
                try (Stream<Path> files = Files.list(directory)) {
                    files.filter(file -> file.toString().endsWith(".jar"))
                            .filter(file -> names.add(file.getFileName().toString()))
                            .forEach(jars::add);
                }
            }
        }
        List<String> words = new ArrayList<>(List.of(
                jdk.resolve("bin/jdeps").toString(),
                "--multi-release",
                "25",
                "--ignore-missing-deps",
                "--print-module-deps"));
        jars.forEach(jar -> words.add(jar.toString()));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String needed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), needed);
        String line = Files.readAllLines(launcher.home().resolve("vnetp")).stream()
                .filter(each -> each.startsWith("runtime_modules="))
                .findFirst()
                .orElseThrow();
        assertEquals(needed, line.substring("runtime_modules=".length()));
    }
}
