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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in a home of its own, with a Java and an apt-get that only write down how they were called.
class LauncherTest {
    @TempDir
    private Path home;

    private Path calls;

    private record Said(int code, String err, List<String> calls) {
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
        Files.createDirectories(home.resolve(".mvn"));
        Files.writeString(home.resolve(".mvn/jdk.sh"), "jdk=" + home + "\nJAVA_HOME=" + home + "\n");
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            Path target = Files.createDirectories(home.resolve(module).resolve("target"));
            Files.createFile(target.resolve(module + "-0.1.0-SNAPSHOT.jar"));
        }
        program("id", "echo 0");
        program("java", "case \"$*\" in *--missing-packages*) printf '%s' \"$MISSING\" ;; esac");
        program("apt-get", "[ \"$1\" != \"$BROKEN\" ] || { echo 'E: no such package'; exit 100; }");
    }

    private void program(String name, String script) throws IOException {
        Path file = Files.createDirectories(home.resolve("bin")).resolve(name);
        Files.writeString(file, "#!/bin/sh\nprintf '%s\\n' \"" + name + " $*\" >>'" + calls + "'\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Said macro(String missing, String broken, String... options) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("sh", home.resolve("vnetp").toString(), "macro"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("MISSING", missing);
        builder.environment().put("BROKEN", broken);
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectError(home.resolve("err").toFile());
        Process process = builder.start();
        process.getInputStream().readAllBytes();
        int code = process.waitFor();
        return new Said(code, Files.readString(home.resolve("err"), StandardCharsets.UTF_8), Files.readAllLines(calls));
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
}
