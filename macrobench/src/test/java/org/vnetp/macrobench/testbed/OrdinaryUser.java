package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What root's tests start as an ordinary user: without any privilege, with a login's short PATH, and with a /tmp in
/// which another user has already taken the name that Open MPI gives to the directory of root on this machine.
public final class OrdinaryUser {
    private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("rwxr-xr-x");

    /// Becomes the user $1 in a mount namespace that shows nothing of it outside. A TAP for everybody, as distributions
    /// have it; the node in /dev may be root's own here.
    private static final String BECOME = """
            mkdir -p /dev/net && mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 || exit 99
            mount -t tmpfs -o mode=1777 tmpfs /tmp && mkdir -m 700 "/tmp/ompi.$(hostname).0" || exit 99
            mkdir -m 700 /tmp/home && chown "$1" /tmp/home || exit 99
            cd /tmp/home
            user=$1
            shift
            exec setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all \\
                env -i HOME=/tmp/home PATH=/usr/local/bin:/usr/bin:/bin "$@"
            """;

    public record Said(int exitCode, String text) {}

    private final Path copies;
    private final String classPath;

    /// Copies what this test runs on: a build below /root, and root's own repository of libraries, are for root's eyes
    /// only. Directories of classes become jars where `jars` says so.
    public OrdinaryUser(boolean jars) throws IOException, InterruptedException {
        copies = Files.createTempDirectory(Path.of("/var/tmp"), "vnetp-classes");
        Files.setPosixFilePermissions(copies, OPEN);
        List<String> result = new ArrayList<>();
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : all.split(":")) {
            Path from = Path.of(entry);
            if (Files.exists(from)) {
                result.add(copy(from, result.size(), jars).toString());
            }
        }
        classPath = String.join(":", result);
    }

    private Path copy(Path from, int number, boolean jars) throws IOException, InterruptedException {
        Path to = copies.resolve(number + "-" + from.getFileName());
        if (jars && Files.isDirectory(from)) {
            Path jar = copies.resolve(number + "-" + from.getFileName() + ".jar");
            Path tool = Path.of(System.getProperty("java.home"), "bin", "jar");
            Shell.run(tool.toString(), "--create", "--file", jar.toString(), "-C", from.toString(), ".");
            Files.setPosixFilePermissions(jar, OPEN);
            return jar;
        }
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path source : (Iterable<Path>) tree::iterator) {
                Path target = source.equals(from)
                        ? to
                        : to.resolve(from.relativize(source).toString());
                Files.copy(source, target);
                Files.setPosixFilePermissions(target, OPEN);
            }
        }
        return to;
    }

    /// A shell script as that user, in which `$java` begins the command line of one of our programs; not started.
    public ProcessBuilder script(int uid, String script) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java")
                + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -cp " + classPath;
        return new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        BECOME,
                        "sh",
                        Integer.toString(uid),
                        "java=" + java,
                        "sh",
                        "-c",
                        script)
                .redirectErrorStream(true);
    }

    /// Runs it to its end.
    public Said run(int uid, String script) throws IOException, InterruptedException {
        return ended(script(uid, script).start());
    }

    public static Said ended(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Said(process.waitFor(), text);
    }

    /// Removes the copies.
    public void close() throws IOException {
        try (Stream<Path> tree = Files.walk(copies)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
