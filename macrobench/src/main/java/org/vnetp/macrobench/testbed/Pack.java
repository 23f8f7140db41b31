package org.vnetp.macrobench.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// This suite and a Java runtime as one archive (`./vnetp pack`), for machines that have neither.
///
/// It is unpacked there in the user's cache, in a directory named after what is in it: what is there is not
/// copied again, and another build never meets it half. It stays when a run ends.
final class Pack {
    /// @param hash of what is in it
    record Archive(Path file, String hash) {}

    /// Where it is unpacked, at the same path on all machines.
    record Installed(String directory) {
        private String java() {
            return directory + "/runtime/bin/java";
        }

        private String classPath() {
            return directory + "/lib/*";
        }
    }

    private static final String PLACE = """
            case ${XDG_CACHE_HOME:-} in /*) cache=$XDG_CACHE_HOME ;; *) cache=${HOME:-/}/.cache ;; esac
            there=$cache/vnetp/$1
            """;

    private static final String LOOK = PLACE + """
            if [ -x "$there/runtime/bin/java" ]; then echo yes; else echo no; fi
            echo "$there"
            uname -m
            """;

    /// Whole or not at all: unpacked beside its place, tried, and moved there.
    private static final String INSTALL = PLACE + """
            mkdir -p "${there%/*}" || exit 1
            new=$(mktemp -d "$there.XXXXXX") || exit 1
            trap 'rm -rf "$new"' EXIT
            trap 'exit 1' HUP INT TERM
            tar xzf - --strip-components=1 -C "$new" || exit 1
            "$new/runtime/bin/java" -version || exit 1
            chmod 755 "$new"
            mv -T "$new" "$there" || [ -x "$there/runtime/bin/java" ] || exit 1
            """;

    private static final Pattern PRINTED = Pattern.compile(" ([0-9a-f]{16,64})$");

    private Pack() {}

    /// Sees to it that all machines have what programs of ours need.
    ///
    /// @param archive asked for where one has it not
    /// @return empty where all have it at the paths that it has here
    /// @throws FabricException naming the machine that cannot take it, or those that would have it elsewhere
    static Optional<Installed> where(Collection<Reach> machines, Supplier<Archive> archive) {
        Optional<Reach> bare = machines.stream()
                .filter(machine -> machine.lacks(Machine.ourFiles()).isPresent())
                .findFirst();
        if (bare.isEmpty()) {
            return Optional.empty();
        }
        Archive made = archive.get();
        Map<String, String> places = new TreeMap<>();
        String processor = Shell.run("uname", "-m").strip();
        for (Reach machine : machines) {
            places.put(install(machine, made, processor), machine.target());
        }
        if (places.size() > 1) {
            throw new FabricException("programs of ours would be at different paths on the machines: " + places
                    + "; expected the same home directory, or XDG_CACHE_HOME set to the same on all");
        }
        return Optional.of(new Installed(places.keySet().iterator().next()));
    }

    private static String install(Reach machine, Archive archive, String processor) {
        List<String> said = said(machine.run(List.of("sh", "-c", LOOK, "sh", archive.hash())), machine.target());
        String place = said.get(1);
        if (said.getFirst().equals("no")) {
            if (!said.get(2).equals(processor)) {
                throw new FabricException(machine.target() + " is a machine of the kind " + said.get(2)
                        + " without what we run, and the pack is for " + processor);
            }
            System.err.printf(
                    Locale.ROOT,
                    "vnetp: copying itself to %s, which has no JDK or checkout at our paths (%d MB, to %s)%n",
                    machine.target(),
                    archive.file().toFile().length() / 1_000_000,
                    place);
            long begin = System.nanoTime();
            machine.send(List.of("sh", "-c", INSTALL, "sh", archive.hash()), archive.file());
            System.err.printf(
                    Locale.ROOT,
                    "vnetp: copied to %s and unpacked there in %.1f s%n",
                    machine.target(),
                    (System.nanoTime() - begin) / 1e9);
        }
        return place;
    }

    private static List<String> said(ProcessBuilder asking, String target) {
        Shell.Outcome o = Shell.attempt(asking, "", "the look for a pack on " + target);
        List<String> lines = o.output().lines().toList();
        if (!o.succeeded() || lines.size() != 3) {
            throw new FabricException("the look for a pack on " + target + " failed with " + o.exitCode() + ": "
                    + o.error().strip());
        }
        return lines;
    }

    /// A command of ours as it runs where the pack is: `java` and class path are the pack's.
    static List<String> words(Optional<Installed> installed, List<String> command) {
        if (installed.isEmpty()) {
            return command;
        }
        String classPath = Machine.classPath();
        return command.stream()
                .map(word -> word.equals(Machine.java())
                        ? installed.get().java()
                        : word.equals(classPath) ? installed.get().classPath() : word)
                .toList();
    }

    /// The launcher's, kept in the user's cache until the suite is built anew.
    ///
    /// @throws UnavailableException where there is no launcher
    static Archive ofLauncher() {
        Path launcher = Machine.home().resolve("vnetp").toAbsolutePath();
        if (!Files.isRegularFile(launcher)) {
            throw new UnavailableException(
                    "some machines lack a JDK or this checkout, and there is no launcher here that could make a pack ("
                            + launcher + ")",
                    "start this program by ./vnetp");
        }
        Path cache = UserCache.directory();
        try {
            Files.createDirectories(cache);
            String prefix = "pack-" + key(launcher) + "-";
            try (DirectoryStream<Path> packs = Files.newDirectoryStream(cache, "pack-*.tar.gz")) {
                for (Path each : packs) {
                    String name = each.getFileName().toString();
                    if (name.startsWith(prefix)) {
                        return new Archive(each, name.substring(prefix.length(), name.length() - ".tar.gz".length()));
                    }
                    Files.delete(each); // of another build
                }
            }
            return make(launcher, cache, prefix);
        } catch (IOException e) {
            throw new TestbedException("no pack can be kept in " + cache + ": " + e.getMessage(), e);
        }
    }

    private static Archive make(Path launcher, Path cache, String prefix) throws IOException {
        Path fresh = cache.resolve("new-" + ProcessHandle.current().pid());
        try {
            Process process = Child.of("sh", launcher.toString(), "pack", fresh.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int code = process.waitFor();
            Matcher hash = PRINTED.matcher(said);
            if (code != 0 || !hash.find()) {
                throw new TestbedException("./vnetp pack failed with " + code + " and printed '" + said + "'");
            }
            Path file = cache.resolve(prefix + hash.group(1) + ".tar.gz");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            return new Archive(file, hash.group(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while making a pack", e);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /// Of all that a pack is made of.
    private static String key(Path launcher) throws IOException {
        List<String> files = new ArrayList<>(List.of(launcher.toString()));
        files.addAll(List.of(Machine.classPath().split(File.pathSeparator)));
        StringBuilder text = new StringBuilder(System.getProperty("java.home")
                + System.getProperty("java.vm.version")
                + System.getProperty("vnetp.version"));
        for (String each : files) {
            Path file = Path.of(each);
            text.append('\n').append(each).append(' ').append(Files.size(file));
            text.append(' ').append(Files.getLastModifiedTime(file).toMillis());
        }
        CRC32C sum = new CRC32C();
        sum.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", sum.getValue());
    }
}
