package org.vnetp.nas.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
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

/// Revisions of a small repository, whose `mvnw` makes in a moment what a build of ours makes.
class BuildsTest {
    @TempDir
    Path dir;

    private Path repository;

    private String git(Path at, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("git", "-C", at.toString(), "-c", "user.name=t", "-c", "user.email=t@example.org"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text.strip();
    }

    @BeforeEach
    void twoRevisions() throws Exception {
        repository = Files.createDirectory(dir.resolve("repository"));
        git(repository, "init", "-q");
        commit("one", """
                #!/bin/sh
                for m in overlay-impl microbench; do
                    mkdir -p $m/target/lib $m/target/classes
                    echo $m one > $m/target/$m.jar && echo lib > $m/target/lib/l.jar
                done
                """);
        commit("two", "#!/bin/sh\necho it does not compile\nexit 1\n");
    }

    private void commit(String subject, String mvnw) throws Exception {
        Path file = repository.resolve("mvnw");
        Files.writeString(file, mvnw);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        git(repository, "add", "mvnw");
        git(repository, "commit", "-q", "-m", subject);
    }

    @Test
    void aRevisionIsBuiltCopiedAndGoesAway() throws Exception {
        Path at = Files.createDirectory(dir.resolve("builds"));
        try (Builds builds = new Builds(repository, at)) {
            String commit = builds.commit("HEAD^");
            assertEquals(40, commit.length());
            assertTrue(builds.subject(commit).endsWith(" one"), builds.subject(commit));
            Path built = builds.build("base", commit);
            assertEquals("overlay-impl one\n", Files.readString(built.resolve("overlay-impl/target/overlay-impl.jar")));
            Path copy = builds.copy(built, "base-again");
            assertEquals("microbench one\n", Files.readString(copy.resolve("microbench/target/microbench.jar")));
            assertEquals("lib\n", Files.readString(copy.resolve("overlay-impl/target/lib/l.jar")));
            assertFalse(Files.exists(copy.resolve("overlay-impl/target/classes")));
            Builds.requireBuilt(copy);
        }
        assertFalse(Files.exists(at));
        assertEquals(1, git(repository, "worktree", "list").lines().count());
    }

    @Test
    void theCommitsBetweenAreNamed() throws Exception {
        try (Builds builds = new Builds(repository, dir.resolve("builds"))) {
            String one = builds.commit("HEAD^");
            String two = builds.commit("HEAD");
            String names = "Head is " + builds.subject(two) + "; base is " + builds.subject(one) + ". ";
            assertEquals(names + "Between them is that commit alone.", builds.difference(one, two));
            for (int i = 3; i <= 13; i++) {
                commit("number " + i, "#!/bin/sh\n# " + i + "\n");
            }
            String many = builds.difference(one, builds.commit("HEAD"));
            assertTrue(many.contains(". Between them are 12 commits: "), many);
            assertTrue(many.contains(" number 13; ") && many.endsWith(" number 4; and 2 more."), many);
            assertTrue(builds.difference(two, one).endsWith(". Head brings no commit that base lacks."));
        }
    }

    @Test
    void whatDoesNotBuildIsToldWithItsLog() throws Exception {
        try (Builds builds = new Builds(repository, Files.createDirectory(dir.resolve("builds")))) {
            String commit = builds.commit("HEAD");
            IOException e = assertThrows(IOException.class, () -> builds.build("head", commit));
            assertTrue(
                    e.getMessage().contains(commit) && e.getMessage().contains("it does not compile"), e.getMessage());
        }
    }

    @Test
    void aRevisionThatIsNotThereSaysWhatBringsIt() throws Exception {
        try (Builds builds = new Builds(repository, dir.resolve("builds"))) {
            String said = assertThrows(IllegalArgumentException.class, () -> builds.commit("v9"))
                    .getMessage();
            assertEquals("revision 'v9' is not in this clone; git fetch brings what others have", said);
        }
        Path shallow = dir.resolve("shallow");
        git(dir, "clone", "-q", "--depth", "1", "file://" + repository, shallow.toString());
        try (Builds builds = new Builds(shallow, dir.resolve("builds"))) {
            String said = assertThrows(IllegalArgumentException.class, () -> builds.commit("HEAD^"))
                    .getMessage();
            assertTrue(said.contains("shallow") && said.contains("git fetch --unshallow"), said);
        }
    }

    @Test
    void aDirectoryThatIsNotBuiltIsRefused() {
        String said = assertThrows(IllegalArgumentException.class, () -> Builds.requireBuilt(dir))
                .getMessage();
        assertTrue(said.contains("expected a checkout that has been built"), said);
    }

    /// The slowdown of the reports' page that the gate is tried on still fits the sources.
    @Test
    void theSeededSlowdownApplies() throws Exception {
        git(
                Path.of("..").toAbsolutePath().normalize(),
                "apply",
                "--check",
                Path.of("src/test/resources/org/vnetp/nas/gate/slower.patch")
                        .toAbsolutePath()
                        .toString());
    }
}
