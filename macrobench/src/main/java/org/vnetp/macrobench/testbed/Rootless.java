package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.vnetp.overlay.control.ControlPaths;

/// A testbed without root: inside a user namespace, where one may do with networks what root may do
/// outside.
///
/// All of a user's labs live in one such world (user, mount and network namespaces with a /run of
/// their own), held by a keeper process, so that `lab exec` and `lab down` find what `lab up` made.
/// It ends with its last lab.
public final class Rootless {
    /// Says to the process started inside that it is there.
    private static final String MARK = "VNETP_ROOTLESS";

    private static final String WORLD = """
            mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns && ip link set lo up || exit 1
            echo ready
            exec sleep infinity < /dev/null > /dev/null 2>&1
            """;

    private Rootless() {}

    /// Runs this very program again inside the user's world if this process lacks the privileges
    /// for a testbed.
    ///
    /// Returns that run's exit code; empty when the privileges are there and the caller shall go on
    /// itself. To be called first thing in `main`.
    ///
    /// @throws UnavailableException where the system does not allow it, with the reason
    public static OptionalInt runAgainIfNeeded() {
        if (Machine.hasCapabilities()) {
            return OptionalInt.empty();
        }
        if (System.getenv(MARK) != null) {
            throw new UnavailableException(
                    "the user namespace gives no right to set up networks", "run it as root (sudo)");
        }
        try {
            int exitCode;
            try (Door door = Door.open()) {
                exitCode = enter(door.world());
            }
            return OptionalInt.of(exitCode);
        } catch (IOException e) {
            throw new TestbedException("cannot set up a user namespace: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted", e);
        }
    }

    /// The way into this user's world, which several processes of one user may go at the same time: who comes first
    /// makes it, who leaves last ends it.
    ///
    /// @param door locked while the world is made or ended
    /// @param inside shared by all who are in
    private record Door(Path directory, FileChannel door, FileChannel inside, Processes.Id world)
            implements AutoCloseable {
        static Door open() throws IOException, InterruptedException {
            while (true) {
                Path directory = ownDirectory();
                FileChannel door = channel(directory.resolve("door"));
                FileChannel inside = null;
                boolean in = false;
                try {
                    door.lock();
                    if (!Files.exists(directory.resolve("door"))) {
                        continue; // somebody has just left as the last one, and taken it along
                    }
                    inside = channel(directory.resolve("inside"));
                    inside.lock(0, Long.MAX_VALUE, true);
                    Processes.Id world = alive(directory);
                    if (world == null) {
                        world = create(directory);
                    }
                    in = true;
                    return new Door(directory, door, inside, world).unlocked();
                } finally {
                    if (!in) {
                        door.close();
                        if (inside != null) {
                            inside.close();
                        }
                    }
                }
            }
        }

        private static FileChannel channel(Path file) throws IOException {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }

        private Door unlocked() throws IOException {
            door.close();
            return this;
        }

        @Override
        public void close() throws IOException {
            try (FileChannel again = channel(directory.resolve("door"));
                    inside) {
                again.lock();
                inside.close(); // ours; what is locked from now on is others'
                try (FileChannel others = channel(directory.resolve("inside"))) {
                    if (others.tryLock() != null) {
                        endIfEmpty(world, directory);
                    }
                }
            }
        }
    }

    private static Path ownDirectory() throws IOException {
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        Path parent = runtime != null && Files.isWritable(Path.of(runtime)) ? Path.of(runtime) : Path.of("/tmp");
        Path directory = ControlPaths.ofUser(parent);
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!uid.equals(Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
                throw new IOException(directory + " belongs to another user", e);
            }
        }
        return directory;
    }

    private static Processes.Id alive(Path directory) throws IOException {
        Path file = directory.resolve("world");
        if (!Files.exists(file)) {
            return null;
        }
        String[] words = Files.readString(file).trim().split(" ");
        if (words.length != 2 || !words[0].matches("\\d+") || !words[1].matches("\\d+")) {
            return null; // cut off by a full disk or a kill
        }
        Processes.Id id = new Processes.Id(Long.parseLong(words[0]), Long.parseLong(words[1]));
        return id.alive() ? id : null;
    }

    private static Processes.Id create(Path directory) throws IOException, InterruptedException {
        Machine.requireProgram("unshare", "makes the user namespace of a testbed without root");
        Machine.requireProgram("ip", "builds the testbed's network");
        Process process =
                Child.of("setsid", "unshare", "-Urnm", "sh", "-c", WORLD).start();
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            if (!"ready".equals(reader.readLine())) {
                String why = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
                process.waitFor(1, TimeUnit.SECONDS);
                throw new UnavailableException(
                        "a testbed without root needs user namespaces, which this system refuses (" + why + ")",
                        "run it as root (sudo), or allow them: sysctl kernel.unprivileged_userns_clone=1 "
                                + "kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=1000");
            }
        }
        process.getErrorStream().close();
        process.getOutputStream().close();
        Processes.Id id = Processes.of(process.pid());
        Files.writeString(directory.resolve("world"), id.pid() + " " + id.startTicks() + "\n");
        return id;
    }

    private static int enter(Processes.Id world) throws IOException, InterruptedException {
        ProcessHandle.Info self = ProcessHandle.current().info();
        List<String> command = new ArrayList<>(List.of("nsenter", "-t", Long.toString(world.pid())));
        command.addAll(List.of("-U", "-n", "-m", "--preserve-credentials", "--wdns=" + System.getProperty("user.dir")));
        command.add("--");
        command.add(self.command().orElseThrow(() -> new IOException("cannot tell how this program was started")));
        command.addAll(List.of(self.arguments().orElseGet(() -> new String[0])));
        ProcessBuilder builder = Child.of(command).inheritIO();
        builder.environment().put(MARK, "1");
        Process process = builder.start();
        Thread end = new Thread(() -> endWith(process), "rootless-end");
        Runtime.getRuntime().addShutdownHook(end);
        int exitCode = process.waitFor();
        Runtime.getRuntime().removeShutdownHook(end);
        return exitCode;
    }

    /// This process was told to end: so is the one inside, which then removes what it made.
    private static void endWith(Process process) {
        process.destroy();
        try {
            process.waitFor(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void endIfEmpty(Processes.Id world, Path directory) throws IOException {
        Path labs = Path.of("/proc", Long.toString(world.pid()), "root/run/vnetp/labs");
        if (Files.isDirectory(labs)) {
            try (var entries = Files.list(labs)) {
                if (entries.findAny().isPresent()) {
                    return;
                }
            }
        }
        Processes.end(List.of(world), 0);
        for (String file : List.of("world", "inside", "door")) {
            Files.deleteIfExists(directory.resolve(file));
        }
        Files.deleteIfExists(directory);
    }
}
