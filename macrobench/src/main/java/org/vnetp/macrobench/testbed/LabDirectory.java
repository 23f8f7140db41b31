package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.vnetp.overlay.control.ControlPaths;

/// A lab's state on this machine: its directory under /run/vnetp/labs, with the journal of all it
/// created.
///
/// A thing is written to the journal before it is created, so that another process can remove what
/// a killed one left. The journal's lines: `owner PID START` (the process that removes the lab when
/// it ends), `detached` (from here on nobody owns it and only `lab down` removes it), `netns NAME`,
/// `process PID START`. The file `endpoints` is for `lab exec` and `lab list`: a line `HOST-NAME
/// FABRIC INDEX ADDRESS ENTER-SCRIPT` each.
final class LabDirectory {
    static final Path ROOT = ControlPaths.LABS;
    /// Every namespace's name starts with this and the lab's name.
    static final String PREFIX = "vnetp-";

    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final long GRACE_MS = 2_000;
    /// A directory without a journal is one being created right now, or the remains of a kill; by
    /// this age the latter.
    private static final long UNBORN_MS = 5_000;

    private final String name;
    private final Path directory;

    private LabDirectory(String name) {
        this.name = name;
        this.directory = ROOT.resolve(name);
    }

    record EndpointEntry(String hostName, String fabric, int hostIndex, String address, Path enter) {}

    /// Creates the directory of a lab owned by this process.
    ///
    /// @throws TestbedException when a lab of that name exists
    static LabDirectory create(String name) {
        LabDirectory lab = new LabDirectory(name);
        try {
            Files.createDirectories(ROOT, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.createDirectory(lab.directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (FileAlreadyExistsException e) {
            throw new TestbedException(
                    "a lab named '" + name + "' is up already (vnetp lab list shows it, vnetp lab down " + name
                            + " removes it)",
                    e);
        } catch (IOException e) {
            throw new TestbedException("cannot create " + lab.directory + ": " + e.getMessage(), e);
        }
        lab.journal(lab.owner());
        return lab;
    }

    /// The journal's line that says that this process owns it.
    String owner() {
        Processes.Id self = Processes.of(ProcessHandle.current().pid());
        return "owner " + self.pid() + " " + self.startTicks();
    }

    /// The lab of that name, or null when there is none.
    static LabDirectory open(String name) {
        LabDirectory lab = new LabDirectory(name);
        return Files.isDirectory(lab.directory) ? lab : null;
    }

    /// All labs of this machine by name.
    static List<LabDirectory> all() {
        Map<String, LabDirectory> labs = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                labs.put(name, new LabDirectory(name));
            }
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException e) {
            throw new TestbedException("cannot list " + ROOT + ": " + e.getMessage(), e);
        }
        return List.copyOf(labs.values());
    }

    /// Removes the labs whose owner was killed before it could do so itself. Returns their names.
    static List<String> removeStale() {
        List<String> removed = new ArrayList<>();
        for (LabDirectory lab : all()) {
            if (lab.stale()) {
                lab.remove();
                removed.add(lab.name);
            }
        }
        return removed;
    }

    String name() {
        return name;
    }

    Path directory() {
        return directory;
    }

    Path resolve(String child) {
        return directory.resolve(child);
    }

    /// Creates a directory inside, for the owner only.
    Path createDirectory(Path path) {
        try {
            return Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (IOException e) {
            throw new TestbedException("cannot create " + path + ": " + e.getMessage(), e);
        }
    }

    Path write(Path file, String text, boolean executable) {
        try {
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, executable ? OWNER_ONLY : PosixFilePermissions.fromString("rw-r--r--"));
            return file;
        } catch (IOException e) {
            throw new TestbedException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    /// Writes a file that nobody else may read, not even for a moment.
    Path writeSecret(Path file, String text) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, text + "\n");
            return file;
        } catch (IOException e) {
            throw new TestbedException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    void willCreateNamespace(String namespace) {
        if (Files.exists(NAMESPACES.resolve(namespace))) {
            throw new TestbedException("a network namespace " + namespace
                    + " is there already and is not this lab's; remove it with: ip netns del " + namespace);
        }
        journal("netns " + namespace);
    }

    void created(Processes.Id process) {
        journal("process " + process.pid() + " " + process.startTicks());
    }

    /// From now on the lab outlives this process.
    void detach() {
        journal("detached");
    }

    void add(List<EndpointEntry> entries) {
        StringBuilder text = new StringBuilder();
        for (EndpointEntry e : entries) {
            text.append(e.hostName()).append(' ').append(e.fabric()).append(' ');
            text.append(e.hostIndex()).append(' ').append(e.address()).append(' ');
            text.append(e.enter()).append('\n');
        }
        append(resolve("endpoints"), text.toString());
    }

    List<EndpointEntry> endpoints() {
        List<EndpointEntry> entries = new ArrayList<>();
        for (String line : readLines(resolve("endpoints"))) {
            String[] f = line.split(" ", 5);
            if (f.length == 5) {
                entries.add(new EndpointEntry(f[0], f[1], Integer.parseInt(f[2]), f[3], Path.of(f[4])));
            }
        }
        return entries;
    }

    /// Forgets the endpoints of a fabric that has been closed.
    void removeEndpoints(String fabric) {
        StringBuilder rest = new StringBuilder();
        for (String line : readLines(resolve("endpoints"))) {
            if (!line.split(" ", 3)[1].equals(fabric)) {
                rest.append(line).append('\n');
            }
        }
        if (Files.exists(directory)) {
            write(resolve("endpoints"), rest.toString(), false);
        }
    }

    /// Says which fabric is meant where none is named.
    void prefer(String fabric) {
        write(resolve("preferred"), fabric + "\n", false);
    }

    String preferredFabric() {
        List<String> lines = readLines(resolve("preferred"));
        return lines.isEmpty() ? FabricSpec.NATIVE_NAME : lines.getFirst();
    }

    boolean detached() {
        return readLines(resolve("journal")).contains("detached");
    }

    private boolean stale() {
        List<String> journal = readLines(resolve("journal"));
        if (journal.contains("detached")) {
            return false;
        }
        for (String line : journal) {
            String[] f = line.split(" ");
            if (f[0].equals("owner") && f.length == 3) {
                return !new Processes.Id(Long.parseLong(f[1]), Long.parseLong(f[2])).alive();
            }
        }
        try {
            return System.currentTimeMillis()
                            - Files.getLastModifiedTime(directory).toMillis()
                    > UNBORN_MS;
        } catch (IOException gone) {
            return false;
        }
    }

    /// Removes what the journal names and the directory itself; things already gone are no error.
    void remove() {
        List<Processes.Id> processes = new ArrayList<>();
        Map<String, Boolean> namespaces = new LinkedHashMap<>();
        for (String line : readLines(resolve("journal"))) {
            String[] f = line.split(" ");
            // A line cut off by a kill names nothing that was created.
            if (f[0].equals("process") && f.length == 3) {
                processes.add(new Processes.Id(Long.parseLong(f[1]), Long.parseLong(f[2])));
            } else if (f[0].equals("netns") && f.length == 2 && f[1].startsWith(PREFIX + name + "-")) {
                namespaces.put(f[1], true);
            }
        }
        removeThings(processes, List.copyOf(namespaces.keySet()));
        deleteTree(directory);
    }

    /// Ends the processes, and all others inside the namespaces, and deletes the namespaces.
    static void removeThings(List<Processes.Id> processes, List<String> namespaces) {
        Processes.end(Processes.withSessions(processes), GRACE_MS);
        // Whatever else runs in our namespaces (ranks, shells of lab exec) would keep them alive without a name.
        Set<Long> inodes = new HashSet<>();
        for (String namespace : namespaces) {
            long inode = namespaceInode(namespace);
            if (inode > 0) {
                inodes.add(inode);
            }
        }
        Processes.end(Processes.inNetworkNamespaces(inodes), GRACE_MS / 4);
        List<String> lines = new ArrayList<>();
        for (String namespace : namespaces.reversed()) {
            if (Files.exists(NAMESPACES.resolve(namespace))) {
                lines.add("netns del " + namespace);
            }
        }
        Shell.batchAnyway("ip", "", lines);
        for (String namespace : namespaces) {
            if (Files.exists(NAMESPACES.resolve(namespace))) {
                throw new TestbedException("cannot remove the network namespace " + namespace);
            }
        }
    }

    /// The inode of a named network namespace, or 0 when there is none or the name is not mounted
    /// (any more).
    static long namespaceInode(String namespace) {
        try {
            Path path = NAMESPACES.resolve(namespace);
            Path own = Path.of("/proc/self/ns/net");
            if (!Files.getAttribute(path, "unix:dev").equals(Files.getAttribute(own, "unix:dev"))) {
                return 0;
            }
            long inode = (Long) Files.getAttribute(path, "unix:ino");
            return inode == (Long) Files.getAttribute(own, "unix:ino") ? 0 : inode;
        } catch (IOException e) {
            return 0;
        }
    }

    static void deleteTree(Path tree) {
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new TestbedException("cannot remove " + tree + ": " + e.getMessage(), e);
        }
    }

    private synchronized void journal(String line) {
        append(resolve("journal"), line + "\n");
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new TestbedException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static List<String> readLines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new TestbedException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
