package org.vnetp.nas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The workflow files that the reports' page shows, read as YAML; their steps run as a script, in a shallow clone of a
/// small repository that has a branch beside main, as a runner makes it. A build there is a copy of ours, and the
/// comparison measures one microbenchmark in the fewest rounds there can be.
@Tag("launcher")
@Timeout(300)
class WorkflowsRunTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern YAML = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
    private static final long PATIENCE_S = 150;
    private static final String SMALLEST = " --workloads none --kernels none --micro LookupBenchmark.hit --rounds 2,2"
            + " --threshold 99 --inconclusive pass";

    @TempDir
    Path directory;

    private BuiltLauncher launcher;

    private static List<JsonNode> workflows() throws IOException {
        List<JsonNode> workflows = new ArrayList<>();
        Matcher blocks = YAML.matcher(Files.readString(ROOT.resolve("reports/README.md")));
        while (blocks.find()) {
            workflows.add(new YAMLMapper().readTree(blocks.group(1)));
        }
        assertEquals(2, workflows.size(), "of GitHub and of GitLab");
        return workflows;
    }

    /// A clone as a runner makes it: one commit of the branch, and one of main.
    private Path cloned() throws Exception {
        Path home = directory.resolve("home");
        launcher = BuiltLauncher.in(home);
        Path mvnw = Files.writeString(home.resolve("mvnw"), """
                #!/bin/sh
                for m in overlay-impl microbench; do
                    mkdir -p $m/target && cp -r ROOT/$m/target/lib ROOT/$m/target/*.jar $m/target
                done
                """.replace("ROOT", ROOT.toString()));
        executable(mvnw);
        executable(home.resolve("vnetp"));
        Files.writeString(home.resolve(".gitignore"), "target\nresults\n*.lock\n");
        say(home, Map.of(), """
                git init -q -b main . && git add -f mvnw .gitignore FILES
                commit() { git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m "$1"; }
                commit one && git checkout -q -b change && commit two && commit three
                git clone -q --depth 1 --no-single-branch --branch change file://$PWD ../clone
                cd ../clone && touch -d @0 FILES # older than the jars: nothing has to be built
                """.replace("FILES", String.join(" ", BuiltLauncher.FILES)));
        Path clone = directory.resolve("clone");
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            Files.createDirectories(clone.resolve(module));
            Files.createSymbolicLink(
                    clone.resolve(module).resolve("target"),
                    ROOT.resolve(module).resolve("target"));
        }
        return clone;
    }

    @AfterEach
    void nothingLeadsToTheJars() throws IOException {
        Path clone = directory.resolve("clone");
        for (String module : List.of("overlay-impl", "microbench", "reports", "macrobench", "nas-runner")) {
            Files.deleteIfExists(clone.resolve(module).resolve("target"));
        }
        if (launcher != null) {
            launcher.close();
        }
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// Runs a script as a runner does: each line has to succeed.
    private String say(Path in, Map<String, String> environment, String script) throws Exception {
        Path printed = Files.createTempFile(directory, "said", ".txt");
        ProcessBuilder builder = new ProcessBuilder("bash", "-e", "-c", script)
                .directory(in.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.waitFor();
        }
        String text = Files.readString(printed, StandardCharsets.UTF_8);
        assertTrue(ended && process.exitValue() == 0, () -> script + "\n" + text);
        return text;
    }

    /// What these machines have, and we need not: sudo, and an apt-get that installs nothing.
    private Map<String, String> environment() throws IOException {
        Path programs = Files.createDirectory(directory.resolve("bin"));
        executable(Files.writeString(
                programs.resolve("sudo"), "#!/bin/sh\nwhile [ \"$1\" = -E ]; do shift; done\nexec \"$@\"\n"));
        executable(Files.writeString(programs.resolve("apt-get"), "#!/bin/sh\nexit 0\n"));
        Map<String, String> environment = new HashMap<>();
        environment.put("PATH", programs + ":" + System.getenv("PATH"));
        return environment;
    }

    private static String smallest(List<String> steps) {
        List<String> lines = new ArrayList<>();
        int comparisons = 0;
        for (String step : steps) {
            boolean compares = step.contains(" compare --interleaved ");
            comparisons += compares ? 1 : 0;
            lines.add(compares ? step.strip() + SMALLEST : step.strip());
        }
        assertEquals(1, comparisons, () -> "one step compares: " + steps);
        return String.join("\n", lines);
    }

    @Test
    void theStepsForGithubActionsRun() throws Exception {
        BuiltLauncher.needRootAndTun();
        JsonNode workflow = workflows().get(0);
        JsonNode steps = workflow.path("jobs").path("gate").path("steps");
        List<String> script = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (JsonNode step : steps) {
            assertTrue(step.has("uses") != step.has("run"), step.toString());
            if (step.has("run")) {
                script.add(step.path("run").asString());
            }
            if (step.path("uses").asString("").startsWith("actions/upload-artifact@")) {
                kept.add(step.path("with").path("path").asString());
            }
        }
        assertEquals(0, steps.get(0).path("with").path("fetch-depth").asInt(-1), "main has to be in the clone");
        Path clone = cloned();
        Path output = directory.resolve("output");
        Path summary = directory.resolve("summary");
        Map<String, String> environment = environment();
        environment.put("GITHUB_ACTIONS", "true");
        environment.put("GITHUB_OUTPUT", output.toString());
        environment.put("GITHUB_STEP_SUMMARY", summary.toString());
        String said = say(clone, environment, smallest(script));
        assertTrue(said.contains("base: ") && said.contains(" one") && said.contains(" three"), said);
        assertTrue(Files.readString(output).startsWith("verdict="), said);
        assertTrue(Files.readString(summary).contains("slower by 99.0 % or more"), said);
        assertEquals(List.of("gate.xml"), kept);
        assertTrue(Files.readString(clone.resolve(kept.getFirst())).contains("<testcase "), said);
        nothingIsLeft(clone);
    }

    @Test
    void theScriptForGitlabRuns() throws Exception {
        BuiltLauncher.needRootAndTun();
        JsonNode job = workflows().get(1).path("gate");
        List<String> script = new ArrayList<>();
        job.path("script").forEach(line -> script.add(line.asString()));
        assertEquals(0, job.path("variables").path("GIT_DEPTH").asInt(-1), "main has to be in the clone");
        assertEquals(5, job.path("allow_failure").path("exit_codes").get(0).asInt());
        Path clone = cloned();
        String said = say(clone, environment(), smallest(script));
        JsonNode kept = job.path("artifacts").path("reports");
        assertTrue(
                Files.readString(clone.resolve(kept.path("junit").asString())).contains("<testcase "), said);
        assertTrue(
                Files.readString(clone.resolve(kept.path("metrics").asString())).endsWith("# EOF\n"), said);
        nothingIsLeft(clone);
    }

    /// No checkout of a revision stays behind.
    private void nothingIsLeft(Path clone) throws Exception {
        assertEquals(1, say(clone, Map.of(), "git worktree list").lines().count());
    }
}
