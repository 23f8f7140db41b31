package org.vnetp.reports.history;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.reports.result.ResultException;

/// A directory of runs: `MACHINE KEY/STARTED-SHA8-SUITE.json`, and `decisions.jsonl` beside the machines.
///
/// Runs are only ever added, each as a small file of its own under a name that no other has, so that two
/// branches that add runs never conflict and a checkout of an orphan branch is a history. A file is written
/// beside its place, made durable and linked there: a reader sees it whole or not at all.
///
/// Confined to one thread; other processes may add at the same time.
public final class HistoryDirectory {
    /// The file of accepted steps.
    static final String DECISIONS = "decisions.jsonl";

    private static final Pattern NAME =
            Pattern.compile("(\\d{8}T\\d{6}Z)-([0-9a-f]{7,8}|nocommit)-([a-z][a-z0-9]*)\\.json");

    private final Path root;
    private final HistoryFile codec = new HistoryFile();

    /// What could be read.
    ///
    /// @param runs by their start
    /// @param troubles a sentence for each file that is no run of this history
    /// @param older how many runs before these there are, which were not read
    public record Reading(List<HistoryRun> runs, List<String> troubles, int older) {}

    private HistoryDirectory(Path root) {
        this.root = root;
    }

    /// The history in `root`; the directory is made when the first run is added.
    public static HistoryDirectory at(Path root) {
        return new HistoryDirectory(root);
    }

    /// The history in `root`.
    ///
    /// @throws ResultException where there is none
    public static HistoryDirectory existing(Path root) throws ResultException {
        if (!Files.isDirectory(root)) {
            throw new ResultException(
                    root, "no history here; ./vnetp history add RESULT --history " + root + " begins one");
        }
        return new HistoryDirectory(root);
    }

    public Path path() {
        return root;
    }

    /// Adds a run.
    ///
    /// @return its file
    /// @throws ResultException where it is there already, or cannot be written
    public Path add(HistoryRun run) throws IOException {
        Path room = root.resolve(run.machineKey());
        try {
            Files.createDirectories(room);
        } catch (IOException e) {
            throw new ResultException(room, "cannot be made (" + e + "); expected a place for runs", e);
        }
        Path file = room.resolve(run.fileName());
        Path beside = room.resolve(
                "." + run.fileName() + "." + ProcessHandle.current().pid());
        try {
            try (FileChannel out = FileChannel.open(
                    beside,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(HistoryFile.encode(run));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(false);
            }
            place(beside, file);
        } catch (FileAlreadyExistsException e) {
            throw new ResultException(file, "is in the history already; a run is added once", e);
        } catch (FileSystemException e) {
            throw new ResultException(
                    file, "cannot be written (" + (e.getReason() == null ? e.toString() : e.getReason()) + ")", e);
        } finally {
            Files.deleteIfExists(beside);
        }
        return file;
    }

    /// A link fails where there is a file of the name, a rename would replace it.
    private static void place(Path beside, Path file) throws IOException {
        try {
            Files.createLink(file, beside);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.move(beside, file); // a file system without links; refuses a name that is there, too
        }
    }

    /// The machines that have runs.
    public List<String> machineKeys() throws IOException {
        Set<String> keys = new TreeSet<>();
        try (DirectoryStream<Path> rooms = Files.newDirectoryStream(root)) {
            for (Path room : rooms) {
                String name = room.getFileName().toString();
                if (MachineKey.legal(name) && Files.isDirectory(room)) {
                    keys.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of(); // none was added yet
        }
        return List.copyOf(keys);
    }

    /// The suites that a machine has runs of.
    public List<String> suites(String machineKey) throws IOException {
        Set<String> suites = new TreeSet<>();
        for (Path file : files(machineKey)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (name.matches()) {
                suites.add(name.group(3));
            }
        }
        return List.copyOf(suites);
    }

    /// Everything in a machine's directory that is no file being written, by name.
    private List<Path> files(String machineKey) throws IOException {
        Path room = root.resolve(machineKey);
        if (!MachineKey.legal(machineKey) || !Files.isDirectory(room)) {
            return List.of();
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(room)) {
            for (Path file : all) {
                if (!file.getFileName().toString().startsWith(".")) {
                    files.add(file);
                }
            }
        }
        files.sort(null);
        return files;
    }

    /// The last runs of a suite on a machine.
    ///
    /// @param most how many
    public Reading runs(String machineKey, String suite, int most) throws IOException {
        List<String> troubles = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        for (Path file : files(machineKey)) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            if (!name.matches()) {
                troubles.add(file + ": not the name of a run; expected STARTED-SHA8-SUITE.json");
            } else if (name.group(3).equals(suite)) {
                files.add(file);
            }
        }
        int older = Math.max(0, files.size() - most);
        List<HistoryRun> runs = new ArrayList<>();
        for (Path file : files.subList(older, files.size())) {
            try {
                runs.add(read(file, machineKey));
            } catch (ResultException e) {
                troubles.add(e.getMessage());
            } catch (IOException e) {
                troubles.add(file + ": cannot be read (" + e + ")");
            }
        }
        return new Reading(runs, troubles, older);
    }

    private HistoryRun read(Path file, String machineKey) throws IOException {
        HistoryRun run = codec.decode(file, Files.readAllBytes(file));
        if (!run.machineKey().equals(machineKey)) {
            throw new ResultException(
                    file, "a run of the machine " + run.machineKey() + " in the directory of " + machineKey);
        }
        if (!run.fileName().equals(file.getFileName().toString())) {
            throw new ResultException(file, "holds the run " + run.fileName() + ": copied or renamed");
        }
        return run;
    }

    /// Steps that were accepted.
    ///
    /// @throws ResultException naming a line that is none
    public Decisions decisions() throws IOException {
        return Decisions.read(root.resolve(DECISIONS));
    }

    /// Appends a decision.
    public void accept(Decisions.Decision decision) throws IOException {
        Files.createDirectories(root);
        Decisions.append(root.resolve(DECISIONS), decision);
    }
}
