package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;

/// The one directory below `$TMPDIR` or /tmp in which this process keeps its temporary files and those of the programs
/// it starts, with a name that nobody else has: names made of user and host are taken where another user's root lives
/// in a user namespace too.
///
/// It goes when this process ends. What a killed process left goes at the next start of any of the same user: the
/// kernel has taken its lock away.
public final class RunDirectory {
    private static final String PREFIX = "vnetp-run-";
    /// While it has no lock yet.
    private static final String UNBORN = "vnetp-new-";

    private static final String LOCK = "lock";
    private static final String SHARED = "mpi";
    private static final Duration IN_USE_FOR = Duration.ofSeconds(20);
    private static final Duration UNBORN_FOR = Duration.ofMinutes(1);
    private static final int ATTEMPTS = 100;
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static RunDirectory current;

    private final Path path;
    /// Held for as long as the process lives.
    private final FileLock lock;

    private RunDirectory(Path path, FileLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /// This process's, made when it is first asked for.
    ///
    /// @throws TestbedException naming the directory that cannot be written
    public static synchronized Path path() {
        if (current == null || !current.lock.isValid()) {
            Path parent = parent();
            try {
                sweep(parent);
                current = create(parent);
            } catch (IOException e) {
                throw new TestbedException(
                        "cannot make a directory for temporary files in " + parent + ": " + e.getMessage()
                                + " (TMPDIR names another one)",
                        e);
            }
            Path mine = current.path;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(mine), "run-directory-end"));
        }
        return current.path;
    }

    /// A new empty directory in it, for its owner only. Who makes one removes it.
    ///
    /// @param name how its name begins; a number follows
    public static Path create(String name) throws IOException {
        return createIn(path(), name);
    }

    /// For MPI's launchers on this machine, which make and remove directories of their own in it.
    public static Path forMpi() {
        try {
            return Files.createDirectories(path().resolve(SHARED), OWNER_ONLY);
        } catch (IOException e) {
            throw new TestbedException("cannot make a directory for MPI in " + path() + ": " + e.getMessage(), e);
        }
    }

    /// Removes a directory with all that is in it, here or elsewhere; one that is gone is no error.
    ///
    /// @throws TestbedException where it cannot be
    public static void delete(Path directory) {
        LabDirectory.deleteTree(directory);
    }

    private static Path parent() {
        String wanted = System.getenv("TMPDIR");
        return Path.of(wanted == null || wanted.isEmpty() ? "/tmp" : wanted).toAbsolutePath();
    }

    private static RunDirectory create(Path parent) throws IOException {
        Path unborn = createIn(parent, UNBORN);
        FileChannel file =
                FileChannel.open(unborn.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        FileLock lock = file.lock();
        Path path = parent.resolve(PREFIX + unborn.getFileName().toString().substring(UNBORN.length()));
        Files.move(unborn, path, StandardCopyOption.ATOMIC_MOVE);
        return new RunDirectory(path, lock);
    }

    /// With a short name, as Unix sockets below it have room for a hundred characters only.
    private static Path createIn(Path parent, String prefix) throws IOException {
        SecureRandom random = new SecureRandom();
        for (int attempt = 1; ; attempt++) {
            Path path = parent.resolve(prefix + Integer.toString(random.nextInt(0x7fffffff), Character.MAX_RADIX));
            try {
                return Files.createDirectory(path, OWNER_ONLY);
            } catch (FileAlreadyExistsException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /// Removes what killed processes of this user left.
    static void sweep(Path parent) throws IOException {
        Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, "vnetp-{run,new}-*")) {
            for (Path entry : entries) {
                try {
                    if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
                            && self.equals(Files.getAttribute(entry, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                            && left(entry)) {
                        LabDirectory.deleteTree(entry);
                    }
                } catch (IOException | TestbedException gone) {
                    // Another process sweeps at the same time, or its owner is ending.
                }
            }
        }
    }

    private static boolean left(Path entry) throws IOException {
        if (entry.getFileName().toString().startsWith(UNBORN)) {
            long age = System.currentTimeMillis()
                    - Files.getLastModifiedTime(entry).toMillis();
            return age > UNBORN_FOR.toMillis();
        }
        try (FileChannel file = FileChannel.open(entry.resolve(LOCK), StandardOpenOption.WRITE)) {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException ours) {
            return false;
        }
    }

    /// Once nobody uses it any more: after a signal, runs are being ended and labs removed at the same time.
    private static void remove(Path path) {
        long until = System.nanoTime() + IN_USE_FOR.toNanos();
        try {
            while (inUse(path) && System.nanoTime() < until) {
                Thread.sleep(10);
            }
            LabDirectory.deleteTree(path);
        } catch (IOException | TestbedException stillUsed) {
            // A program that is ending writes there at the same time; the next start sweeps.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean inUse(Path path) throws IOException {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .anyMatch(name -> !name.equals(LOCK) && !name.equals(SHARED));
        }
    }
}
