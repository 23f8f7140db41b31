package org.vnetp.nas.gate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import org.vnetp.macrobench.testbed.Child;
import org.vnetp.macrobench.testbed.Machine;
import org.vnetp.macrobench.testbed.Packages;
import org.vnetp.macrobench.testbed.RunDirectory;
import org.vnetp.macrobench.testbed.UnavailableException;

/// Revisions, each checked out beside this checkout and built. All of them go when this is closed.
final class Builds implements AutoCloseable {
    private static final Duration LONGEST_BUILD = Duration.ofMinutes(15);
    /// What of a build the gate runs: the node, and the microbenchmarks.
    private static final List<String> RUN = List.of("overlay-impl", "microbench");

    private static final int MOST_NAMED = 10;

    private final Path repository;
    private final Path directory;

    /// @param repository a checkout
    /// @param directory empty, where the builds go
    Builds(Path repository, Path directory) {
        this.repository = repository;
        this.directory = directory;
    }

    /// The full name of a revision.
    ///
    /// @throws IllegalArgumentException saying what would make it known
    String commit(String revision) throws IOException, InterruptedException {
        Said said = git("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}");
        if (said.exitCode() == 0) {
            return said.text().strip();
        }
        boolean shallow =
                git("rev-parse", "--is-shallow-repository").text().strip().equals("true");
        throw new IllegalArgumentException("revision '" + revision + "' is not in this clone"
                + (shallow
                        ? ", which is a shallow one; git fetch --depth 1 origin " + revision
                                + " brings it, or git fetch --unshallow all of them"
                        : "; git fetch brings what others have"));
    }

    /// A subject line for people.
    String subject(String commit) throws IOException, InterruptedException {
        return git("log", "-1", "--format=%h %s", commit).text().strip();
    }

    /// What was measured, for people: the head, and the commits by which it differs from the base, newest first. One of
    /// them is what a verdict speaks of.
    String difference(String base, String head) throws IOException, InterruptedException {
        List<String> commits =
                git("log", "--format=%h %s", base + ".." + head).text().lines().toList();
        String against = "Head is " + subject(head) + "; base is " + subject(base);
        if (commits.isEmpty()) {
            return against + ". Head brings no commit that base lacks.";
        }
        if (commits.size() == 1) {
            return against + ". Between them is that commit alone.";
        }
        List<String> named = commits.subList(0, Math.min(MOST_NAMED, commits.size()));
        return against + ". Between them are " + commits.size() + " commits: " + String.join("; ", named)
                + (named.size() < commits.size() ? "; and " + (commits.size() - named.size()) + " more." : ".");
    }

    /// Checks a revision out and builds it.
    ///
    /// @param name of its directory
    /// @throws IOException when it does not build; the log's end is in the message
    Path build(String name, String commit) throws IOException, InterruptedException {
        Path tree = directory.resolve(name);
        Said said = git("worktree", "add", "--detach", "--force", tree.toString(), commit);
        if (said.exitCode() != 0) {
            throw new IOException(
                    "git cannot check " + commit + " out: " + said.text().strip());
        }
        Path log = directory.resolve(name + ".log");
        ProcessBuilder maven = Child.of(
                        tree.resolve("mvnw").toString(), "-q", "-DskipTests", "-pl", "microbench", "-am", "package")
                .directory(tree.toFile());
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Logged.run(maven, log, LONGEST_BUILD, "revision " + commit + " does not build");
        requireBuilt(tree);
        return tree;
    }

    /// What runs of a build once more, in a directory of its own: the null arm.
    Path copy(Path build, String name) throws IOException {
        Path to = directory.resolve(name);
        for (String module : RUN) {
            Path from = build.resolve(module).resolve("target");
            copyTree(from, to.resolve(module).resolve("target"));
        }
        return to;
    }

    /// @throws IllegalArgumentException when that is no checkout that has been built
    static void requireBuilt(Path home) {
        for (String module : RUN) {
            Path target = home.resolve(module).resolve("target");
            if (!Files.isDirectory(target.resolve("lib"))) {
                throw new IllegalArgumentException(
                        home + ": expected a checkout that has been built, but there is no " + target.resolve("lib"));
            }
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) throws IOException {
                boolean wanted = visited.equals(from) || visited.equals(from.resolve("lib"));
                if (wanted) {
                    Files.createDirectories(to.resolve(from.relativize(visited).toString()));
                }
                return wanted ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.toString().endsWith(".jar")) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private record Said(int exitCode, String text) {}

    private Said git(String... words) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("git", "-C", repository.toString()));
        command.addAll(List.of(words));
        Process process;
        try {
            process = Child.of(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UnavailableException("git is not installed", Machine.INSTALL + Packages.of("git"));
        }
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    /// Removes the checkouts and what git knows of them.
    @Override
    public void close() throws IOException {
        RunDirectory.delete(directory);
        try {
            git("worktree", "prune");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
