package org.vnetp.macrobench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a home of its own, with a Java and an apt-get that only write down how they were called.
class LauncherTest {
    private static final List<String> COMMANDS = List.of(
            "nas",
            "kernel",
            "macro",
            "micro",
            "report",
            "lab",
            "node",
            "ctl",
            "adapt",
            "test",
            "doctor",
            "setup",
            "pack",
            "completion",
            "man",
            "version");

    @TempDir
    private Path home;

    private Path calls;

    private record Said(int code, String out, String err, List<String> calls) {
        private List<String> installed() {
            return calls.stream()
                    .filter(call -> call.startsWith("apt-get install"))
                    .toList();
        }
    }

    @BeforeEach
    void home() throws IOException {
        calls = home.resolve("calls");
        Files.createFile(calls);
        Files.copy(Path.of("..", "vnetp"), home.resolve("vnetp"));
        Path list = Path.of("src/main/resources/org/vnetp/macrobench/testbed/packages");
        Files.createDirectories(home.resolve("macrobench").resolve(list).getParent());
        Files.copy(list, home.resolve("macrobench").resolve(list));
        Files.createDirectories(home.resolve(".mvn"));
        Files.writeString(home.resolve(".mvn/jdk.sh"), "jdk=" + home + "\nJAVA_HOME=" + home + "\n");
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            Path target = Files.createDirectories(home.resolve(module).resolve("target"));
            Files.createFile(target.resolve(module + "-0.1.0-SNAPSHOT.jar"));
        }
        program("id", "echo ${USER_ID:-0}");
        program("java", "case \"$*\" in *--missing-packages*) printf '%s' \"$MISSING\" ;; esac");
        program("apt-get", "[ \"$1\" != \"$BROKEN\" ] || { echo 'E: no such package'; exit 100; }");
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.createDirectories(home.resolve("bin")).resolve(name);
        script(file, "printf '%s\\n' \"" + name + " $*\" >>'" + calls + "'\n" + script);
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Said macro(String missing, String broken, String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("macro"));
        words.addAll(List.of(options));
        return launch(
                Map.of("PATH", home.resolve("bin") + ":" + System.getenv("PATH"), "MISSING", missing, "BROKEN", broken),
                words);
    }

    /// Runs the launcher with these variables in its environment and no other.
    private Said launch(Map<String, String> environment, List<String> words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", home.resolve("vnetp").toString()));
        command.addAll(words);
        return run(environment, command);
    }

    private Said run(Map<String, String> environment, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(home.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectError(home.resolve("err").toFile());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return new Said(
                code, out, Files.readString(home.resolve("err"), StandardCharsets.UTF_8), Files.readAllLines(calls));
    }

    /// A search path with our programs and what scripts cannot do without; none of what the commands need.
    private String barePath() throws IOException {
        Path bare = Files.createDirectories(home.resolve("bare"));
        for (String each : List.of(
                "readlink",
                "dirname",
                "cut",
                "sed",
                "sort",
                "find",
                "mktemp",
                "tail",
                "rm",
                "cat",
                "mkdir",
                "mv",
                "env")) {
            script(bare.resolve(each), "exec /usr/bin/" + each + " \"$@\"");
        }
        return home.resolve("bin") + ":" + bare;
    }

    @Test
    void whatFabricsAndWorkloadsLackIsInstalledBeforeTheyRun() throws Exception {
        Said said = macro("tinc\nhpcc\n", "", "--fabrics", "native,tinc", "--install");
        assertEquals(0, said.code(), said.err());
        assertEquals(
                "apt-get install -y --no-install-recommends tinc hpcc",
                said.installed().getLast());
        String last = said.calls().getLast();
        assertTrue(last.startsWith("java ") && last.endsWith("MacroMain --fabrics native,tinc --install"), last);
    }

    @Test
    void nothingIsInstalledWithoutTheOptionOrWhenNothingIsMissing() throws Exception {
        assertFalse(
                macro("tinc\n", "", "--fabrics", "tinc").installed().toString().contains("tinc"));
        Said complete = macro("", "", "--fabrics", "tinc", "--install");
        assertEquals(0, complete.code(), complete.err());
        assertFalse(complete.installed().toString().contains("tinc"));
    }

    @Test
    void aPackageThatCannotBeInstalledEndsWithItsNameAndTheCommand() throws Exception {
        Said said = macro("tinc\n", "install", "--fabrics", "tinc", "--install");
        assertEquals(4, said.code(), said.err());
        assertTrue(said.err().contains("E: no such package"), said.err());
        assertTrue(said.err().contains("apt-get install -y --no-install-recommends tinc"), said.err());
        assertFalse(said.calls().getLast().startsWith("java "), said.calls().toString());
    }

    /// The fault: under `set -u` a search for the JDK that meets no HOME ends before it has looked anywhere.
    @Test
    void aJdkIsFoundWithoutAHome() throws Exception {
        Files.copy(Path.of("..", ".mvn", "jdk.sh"), home.resolve("jdk.sh"));
        Path jdk =
                Files.createDirectories(home.resolve("user/.jdks/jdk-25/bin")).getParent();
        Files.createFile(
                jdk.resolve("bin/javac"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.1\"\n");
        program("getent", "[ \"$1\" = passwd ] && echo \"user:x:0:0::" + home + "/user:/bin/sh\"");
        Said said = run(
                Map.of("PATH", barePath()),
                List.of("/bin/sh", "-euc", ". ./jdk.sh; printf '%s ' \"$jdk\"; /bin/sh -c 'echo \"$HOME\"'"));
        assertEquals("", said.err());
        // Another JDK 25 of this machine may come first.
        assertTrue(said.out().startsWith("/"), said.out());
        assertTrue(said.out().endsWith(" " + home + "/user\n"), said.out());
    }

    @Test
    void noCommandNeedsAVariableOfTheEnvironment() throws Exception {
        for (String command : COMMANDS) {
            for (String option : List.of("--help", "-V")) {
                Said said = launch(Map.of(), List.of(command, option));
                assertEquals(0, said.code(), command + " " + option + ": " + said.err());
                assertEquals("", said.err(), command + " " + option);
            }
        }
        Said nothing = launch(Map.of(), List.of());
        assertEquals(2, nothing.code(), nothing.err());
        assertTrue(nothing.out().startsWith("vnetp: a layer-2 overlay"), nothing.out());
    }

    @Test
    void everyCommandTellsTheVersion() throws Exception {
        List<String> said = new ArrayList<>();
        said.add(launch(Map.of(), List.of("-V")).out());
        said.add(launch(Map.of(), List.of("--version")).out());
        said.add(launch(Map.of(), List.of("version")).out());
        for (String command : COMMANDS) {
            said.add(launch(Map.of(), List.of(command, "-V")).out());
        }
        assertEquals(1, said.stream().distinct().count(), said.toString());
        assertTrue(said.getFirst().matches("vnetp \\d+\\.\\d+\\.\\d+\\S*( \\([0-9a-f]+\\))?\n"), said.getFirst());
    }

    @Test
    void testInstallsWhatItNeedsAndThenRunsMaven() throws Exception {
        script(home.resolve("mvnw"), "printf 'mvnw %s\\n' \"$*\" >>'" + calls + "'");
        Said said = launch(Map.of("PATH", barePath(), "BROKEN", ""), List.of("test", "-q"));
        assertEquals(0, said.code(), said.err());
        assertEquals(3, said.installed().size(), said.calls().toString());
        assertTrue(
                said.installed().get(1).contains(" user-mode-linux"),
                said.installed().get(1));
        assertTrue(
                said.installed().getLast().contains(" qemu-system-x86"),
                said.installed().getLast());
        for (String each :
                List.of("openmpi-bin", "iperf3", "socat", "netpipe-tcp", "mpich", "openssh-client", "tcsh", "fish")) {
            assertTrue(
                    said.installed().getFirst().contains(" " + each),
                    said.installed().getFirst());
        }
        assertEquals(
                "mvnw -ntp verify -Pdeb -Dvnetp.it=required -q", said.calls().getLast());
    }

    /// Not every distribution has that kernel; what needs it is then skipped.
    @Test
    void whereThereIsNoKernelForVirtualMachinesTheRestIsInstalledAndThatIsSaid() throws Exception {
        script(home.resolve("mvnw"), "printf 'mvnw %s\\n' \"$*\" >>'" + calls + "'");
        program("apt-get", "case \"$*\" in *user-mode-linux*) echo 'E: Unable to locate package'; exit 100 ;; esac");
        Said said = launch(Map.of("PATH", barePath(), "BROKEN", ""), List.of("test", "-q"));
        assertEquals(0, said.code(), said.err());
        assertTrue(said.err().contains("without virtual machines: the fabrics vnetp-vm"), said.err());
        assertEquals(
                "mvnw -ntp verify -Pdeb -Dvnetp.it=required -q", said.calls().getLast());
        // Who asks for such a fabric is told what is missing.
        Said lab = launch(
                Map.of("PATH", barePath(), "BROKEN", "", "MISSING", ""), List.of("lab", "up", "--fabric", "vnetp-vm"));
        assertEquals(4, lab.code(), lab.err());
        assertTrue(lab.err().contains("apt-get could not install"), lab.err());
        assertTrue(
                lab.installed().getLast().contains(" user-mode-linux"),
                lab.installed().toString());
    }

    /// This machine must not boot it: it is unpacked to a directory, and what apt-get installs has it not.
    @Test
    void theKernelOfGuestsThatQemuRunsIsUnpackedAndNotInstalled() throws Exception {
        program("apt-cache", "printf 'linux-image-cloud-amd64\\n  Depends: linux-image-6.1.0-99-cloud-amd64\\n'");
        program("dpkg-deb", "mkdir -p \"$3/boot\" && : >\"$3/boot/vmlinuz-6.1.0-99-cloud-amd64\"");
        Path kernel = home.resolve("kernel");
        Map<String, String> environment =
                Map.of("PATH", barePath(), "BROKEN", "", "MISSING", "", "VNETP_GUEST_KERNEL", kernel.toString());
        List<String> words = List.of("lab", "up", "--fabric", "vnetp-vm:vmm=qemu");
        Said lab = launch(environment, words);
        assertEquals(0, lab.code(), lab.err());
        assertTrue(Files.exists(kernel.resolve("boot/vmlinuz-6.1.0-99-cloud-amd64")), lab.err());
        String installed = lab.installed().toString();
        assertTrue(installed.contains(" qemu-system-x86"), installed);
        assertFalse(installed.contains("linux-image"), installed);
        assertFalse(installed.contains("user-mode-linux"), installed);
        assertTrue(lab.calls().contains("apt-get download linux-image-6.1.0-99-cloud-amd64"), lab.calls()::toString);
        try (var left = Files.list(home)) {
            assertEquals(
                    1,
                    left.filter(file -> file.getFileName().toString().startsWith("kernel"))
                            .count());
        }
        Said again = launch(environment, words); // it is there
        assertEquals(
                1,
                again.calls().stream()
                        .filter(call -> call.startsWith("apt-get download"))
                        .count());
    }

    @Test
    void everyCommandInstallsWhatItLacks() throws Exception {
        for (String command : List.of("nas", "macro", "kernel", "lab", "report", "micro")) {
            Said said = launch(Map.of("PATH", barePath(), "BROKEN", "", "MISSING", ""), List.of(command));
            assertEquals(0, said.code(), command + ": " + said.err());
            String last = said.calls().get(said.calls().size() - 2);
            assertTrue(last.startsWith("apt-get install "), command + ": " + said.calls());
        }
    }

    @Test
    void whoMayNotInstallIsToldWhatToSay() throws Exception {
        Said said = launch(Map.of("PATH", barePath(), "BROKEN", "", "USER_ID", "1000"), List.of("nas"));
        assertEquals(4, said.code(), said.err());
        assertTrue(said.err().contains("mend: sudo apt-get update && sudo apt-get install"), said.err());
        assertEquals(List.of(), said.installed());
    }

    @Test
    void helpOfTestIsItsOwn() throws Exception {
        Said said = launch(Map.of("PATH", barePath()), List.of("test", "--help"));
        assertEquals(0, said.code(), said.err());
        assertTrue(said.out().startsWith("usage: ./vnetp test"), said.out());
        assertEquals(List.of(), said.calls());
    }

    @Test
    void completionAndManualAreMadeOfEveryProgram() throws Exception {
        for (String command : List.of("completion", "man")) {
            List<String> words = command.equals("man") ? List.of("man") : List.of("completion", "bash");
            Said said = launch(Map.of("PATH", barePath()), words);
            assertEquals(0, said.code(), said.err());
            String last = said.calls().getLast();
            assertTrue(last.contains("CommandsMain " + command + " nas=org.vnetp.nas.NasMain "), last);
            for (String each : List.of("kernel", "macro", "micro", "report", "lab", "node", "ctl")) {
                assertTrue(last.contains(" " + each + "=org.vnetp."), last);
            }
            assertTrue(last.contains("/microbench/target/lib/*"), last);
        }
        Said zsh = launch(Map.of("PATH", barePath()), List.of("completion", "zsh"));
        assertEquals(2, zsh.code());
        assertTrue(zsh.err().contains("'zsh': expected bash"), zsh.err());
    }
}
