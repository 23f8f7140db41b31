package org.vnetp.reports.result;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// A result directory being written, and the reader of one that was.
///
/// Rows are only ever appended. Each [#append] is one write and one fsync, so a crash, `kill -9` or
/// a full disk loses nothing that was appended before; a write that a full disk cut short is taken
/// back before the exception leaves. `run.json` is replaced whole (written beside, then renamed).
/// One writer at a time: the CSV file is locked while it is open.
///
/// Thread-safe; close when the run has ended.
public final class ResultDirectory implements AutoCloseable {
    private static final String INFO = "run.json";
    private static final String OBSERVATIONS = "observations.csv";
    private static final String PROBE = ".room";
    private static final int PROBE_BYTES = 256 << 10;
    /// What strerror calls ENOSPC where Java and the programs of a run report it; the children run in the C locale.
    private static final String NO_SPACE = "No space left on device";

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path directory;
    private final FileChannel channel;
    private final List<Observation> earlier;
    private RunInfo info;

    private ResultDirectory(Path directory, FileChannel channel, RunInfo info, List<Observation> earlier) {
        this.directory = directory;
        this.channel = channel;
        this.info = info;
        this.earlier = earlier;
    }

    /// Finds out whether a result can be written into `directory`, and leaves nothing there: for a runner that needs
    /// long to come up, before it does.
    ///
    /// @throws ResultException naming what cannot be written and why
    public static void requireWritable(Path directory) throws IOException {
        Path file = directory.resolve(OBSERVATIONS);
        if (Files.exists(file)) {
            throw new ResultException(file, "exists already; resume that run or choose another directory");
        }
        List<Path> made = new ArrayList<>();
        try {
            make(directory.toAbsolutePath().normalize(), made);
            probe(directory);
        } finally {
            for (Path path : made.reversed()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /// Makes a directory and those above it.
    ///
    /// @param made gets those that were not there
    private static void make(Path directory, List<Path> made) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        if (directory.getParent() != null) {
            make(directory.getParent(), made);
        }
        try {
            Files.createDirectory(directory);
        } catch (IOException e) {
            throw new ResultException(directory, "cannot be made: " + why(e) + "; expected a place for a result", e);
        }
        made.add(directory);
    }

    /// Writes a file as large as a run's output may be, and removes it.
    private static void probe(Path room) throws IOException {
        Path file = room.resolve(PROBE);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.allocate(PROBE_BYTES);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(false);
        } catch (IOException e) {
            throw new ResultException(room, "cannot be written: " + why(e), e);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /// In words where Java has only the name of an exception.
    private static String why(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "there is a file of this name";
            case NoSuchFileException _ -> "no such directory";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }

    /// Starts a new result in `directory`, which is made; refuses one that already holds observations.
    public static ResultDirectory create(Path directory, RunInfo info) throws IOException {
        make(directory.resolve("raw").toAbsolutePath().normalize(), new ArrayList<>());
        make(directory.resolve("latency").toAbsolutePath().normalize(), new ArrayList<>());
        Path file = directory.resolve(OBSERVATIONS);
        if (Files.exists(file)) {
            throw new ResultException(file, "exists already; resume that run or choose another directory");
        }
        FileChannel channel = open(file, true);
        try {
            ResultDirectory result = new ResultDirectory(directory, channel, info, List.of());
            result.write(ObservationFile.header());
            result.update(info);
            return result;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Goes on with the result in `directory`; what it holds already is in [#earlier]. A cut-off last line is removed.
    public static ResultDirectory resume(Path directory) throws IOException {
        RunInfo info = readInfo(directory);
        Path file = directory.resolve(OBSERVATIONS);
        if (!Files.exists(file)) {
            throw new ResultException(file, "missing; nothing to resume here");
        }
        FileChannel channel = open(file, false);
        try {
            ObservationFile.Content content = ObservationFile.read(file);
            if (!content.current()) {
                throw new ResultException(
                        file, "written by an earlier version, with other columns; it can be reported, not resumed");
            }
            channel.truncate(content.wholeBytes());
            channel.position(content.wholeBytes());
            Files.createDirectories(directory.resolve("raw"));
            Files.createDirectories(directory.resolve("latency"));
            return new ResultDirectory(directory, channel, info, content.observations());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileChannel open(Path file, boolean fresh) throws IOException {
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.WRITE, fresh ? StandardOpenOption.CREATE_NEW : StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new ResultException(file, "another process is writing to it");
            }
            return channel;
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new ResultException(file, "already open for writing in this process", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /// Reads a result; works while it is still being written.
    ///
    /// @throws ResultException naming file and line where it is incomplete or not understood
    public static Results read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new ResultException(
                    directory, "no such directory; expected one that holds run.json and observations.csv");
        }
        RunInfo info = readInfo(directory);
        ObservationFile.Content content = ObservationFile.read(directory.resolve(OBSERVATIONS));
        return new Results(directory, info, content.observations(), content.cutOffLines());
    }

    /// Reads `run.json` alone.
    public static RunInfo readInfo(Path directory) throws IOException {
        Path file = directory.resolve(INFO);
        RunInfo info;
        try {
            info = JSON.readValue(Files.readString(file), RunInfo.class);
        } catch (NoSuchFileException e) {
            throw new ResultException(file, "missing; a result directory holds run.json and observations.csv", e);
        } catch (JacksonException e) {
            long line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new ResultException(file, Math.max(1, line), ResultException.plain(e));
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new ResultException(file, "not UTF-8", e);
        }
        if (info == null || info.schema() != RunInfo.SCHEMA) {
            throw new ResultException(
                    file,
                    "schema " + (info == null ? "missing" : info.schema()) + "; this version reads schema "
                            + RunInfo.SCHEMA);
        }
        return info;
    }

    /// Appends the rows of one run and makes them durable before it returns.
    ///
    /// A run without a result is not stored while the disk is full: its program's output had no room, most
    /// likely, and tells nothing about the program. A resumed campaign makes it again.
    ///
    /// @throws ResultException when it could not be stored; what was stored before is safe
    public void append(Run run) throws IOException {
        if (run.status() != Status.OK) {
            requireRoom(run);
        }
        write(ObservationFile.encode(run.observations()));
    }

    private void requireRoom(Run run) throws IOException {
        if (run.reason().contains(NO_SPACE)) {
            throw full(run, run.reason(), null);
        }
        try {
            probe(directory.resolve("raw"));
        } catch (ResultException e) {
            throw full(run, e.getMessage(), e);
        }
    }

    private ResultException full(Run run, String why, ResultException cause) {
        return new ResultException(
                directory,
                "the run " + run.fileName() + " could not be stored (" + why
                        + "); rows before are safe: make room, and --resume runs it again",
                cause);
    }

    private synchronized void write(byte[] bytes) throws IOException {
        long start = channel.position();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(false);
        } catch (IOException e) {
            try {
                channel.truncate(start); // no half run stays behind
                channel.position(start);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw new ResultException(
                    directory.resolve(OBSERVATIONS), "cannot append (" + e.getMessage() + "); rows before are safe", e);
        }
    }

    /// Replaces `run.json`.
    public synchronized void update(RunInfo newInfo) throws IOException {
        replace(directory.resolve(INFO), (JSON.writeValueAsString(newInfo) + "\n").getBytes(StandardCharsets.UTF_8));
        info = newInfo;
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel out = FileChannel.open(
                beside, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            out.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    public synchronized RunInfo info() {
        return info;
    }

    /// The observations that were there when the run was resumed; empty for a new one.
    public List<Observation> earlier() {
        return earlier;
    }

    public Path path() {
        return directory;
    }

    /// Where a program's own output goes, verbatim. `name` is a plain file name, such as `run.fileName() + ".txt"`.
    public Path raw(String name) {
        return inside("raw", name);
    }

    /// Where a latency histogram log goes; `name` ends in `.hlog`.
    public Path latency(String name) {
        return inside("latency", name);
    }

    private Path inside(String room, String name) {
        if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("'" + name + "': expected a plain file name");
        }
        return directory.resolve(room).resolve(name);
    }

    @Override
    public synchronized void close() throws IOException {
        channel.close();
    }
}
