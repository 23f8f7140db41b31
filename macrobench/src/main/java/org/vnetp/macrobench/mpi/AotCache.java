package org.vnetp.macrobench.mpi;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.vnetp.macrobench.testbed.RunDirectory;
import org.vnetp.macrobench.testbed.UserCache;

/// An archive of a program's loaded and linked classes, which a JVM starts from in about two thirds of the time
/// (JEP 483, 514). Made once a build by a short run of the program, kept in `$XDG_CACHE_HOME/vnetp` or
/// `~/.cache/vnetp`, named after all that it depends on, so that another build, JDK or directory gets another one.
///
/// It is never needed: where it cannot be made or does not fit, that is said and the JVM starts the slower way.
/// The environment variable `VNETP_AOT=off` switches it off.
public final class AotCache {
    private static final int TRAINING_SECONDS = 30;

    private final Path directory;
    private final PrintStream log;

    /// @param directory where archives are kept
    /// @param log for what goes wrong
    public AotCache(Path directory, PrintStream log) {
        this.directory = directory;
        this.log = log;
    }

    /// This user's.
    public static AotCache ofUser(PrintStream log) {
        return new AotCache(UserCache.directory(), log);
    }

    /// Options of a JVM that start it from the archive; none where there is none.
    ///
    /// @param name of the program, part of the file's name
    /// @param classPath only of files: a directory's classes cannot be archived
    /// @param training from options of a JVM to a command that runs the program once, shortly
    public List<String> options(String name, String classPath, Function<List<String>, ProcessBuilder> training) {
        if ("off".equals(System.getenv("VNETP_AOT"))) {
            return List.of();
        }
        try {
            String key = key(classPath);
            if (key == null) {
                return List.of();
            }
            Path archive = directory.resolve(name + "-" + key + ".aot");
            if (!Files.exists(archive) && !make(archive, name, training)) {
                return List.of();
            }
            return with("-XX:AOTCache=" + archive);
        } catch (IOException e) {
            log.println("no archive of classes for " + name + " (" + e + "); starting without");
            return List.of();
        }
    }

    /// A JVM that refuses its archive says so where it does not disturb the program's output.
    private static List<String> with(String option) {
        return List.of(option, "-Xlog:disable", "-Xlog:all=warning:stderr");
    }

    /// All that an archive depends on; null where the class path holds a directory.
    private static String key(String classPath) throws IOException {
        CRC32C sum = new CRC32C();
        StringBuilder text = new StringBuilder(System.getProperty("java.home"));
        text.append(System.getProperty("java.vm.version"));
        for (String entry : classPath.split(File.pathSeparator)) {
            Path file = Path.of(entry);
            if (!Files.isRegularFile(file)) {
                return null;
            }
            text.append('\n').append(entry).append(' ').append(Files.size(file));
            text.append(' ').append(Files.getLastModifiedTime(file).toMillis());
        }
        sum.update(text.toString().getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", sum.getValue());
    }

    private boolean make(Path archive, String name, Function<List<String>, ProcessBuilder> training)
            throws IOException {
        Files.createDirectories(directory);
        Path fresh = directory.resolve(
                archive.getFileName() + "." + ProcessHandle.current().pid());
        Path output = Files.createTempFile(RunDirectory.path(), "aot", ".log");
        try {
            Process process = training.apply(with("-XX:AOTCacheOutput=" + fresh))
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            if (!ended || process.exitValue() != 0 || !Files.exists(fresh)) {
                log.println("no archive of classes for " + name + " could be made (exit code " + process.exitValue()
                        + "); starting without. Its run ends with: "
                        + Files.readString(output).strip().lines().reduce("", (a, b) -> b));
                return false;
            }
            try (var old = Files.newDirectoryStream(directory, name + "-????????.aot")) {
                for (Path each : old) {
                    Files.deleteIfExists(each); // of another build
                }
            }
            Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            Files.deleteIfExists(fresh);
            Files.deleteIfExists(output);
        }
    }
}
