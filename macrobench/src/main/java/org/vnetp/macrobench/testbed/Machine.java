package org.vnetp.macrobench.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.vnetp.overlay.fastpath.FastPath;

/// What this machine allows and has.
public final class Machine {
    /// How the command begins that mends a missing program; its packages follow.
    public static final String INSTALL = "apt-get install ";

    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;

    private Machine() {}

    /// @throws UnavailableException unless namespaces, veth and traffic control can be set up here
    ///     and now
    public static void requireNamespaces() {
        if (!hasCapabilities()) {
            throw new UnavailableException(
                    "a testbed of namespaces needs CAP_NET_ADMIN and CAP_SYS_ADMIN, which this process has not",
                    "run it as root (sudo), or where the system allows it inside a user namespace: unshare -Urnm");
        }
        requireProgram("ip", "builds the testbed's network");
        requireProgram("tc", "shapes the testbed's links");
        requireProgram("nsenter", "enters the testbed's hosts");
        requireProgram("unshare", "gives the testbed's hosts their own names");
        requireProgram("ping", "proves that hosts reach each other");
    }

    /// @throws UnavailableException naming the package, unless the program is there
    public static void requireProgram(String program, String purpose) {
        requireProgram(program, Packages.of(program), purpose);
    }

    /// The same for a program that [Packages] does not name.
    public static void requireProgram(String program, String debianPackage, String purpose) {
        if (!has(program)) {
            throw new UnavailableException(
                    "'" + program + "', which " + purpose + ", is not installed", INSTALL + debianPackage);
        }
    }

    /// Why the fabric `vnetp-ebpf` cannot be had here, or an empty text.
    public static String whyNoFastPath() {
        return FastPath.probe();
    }

    /// Whether a program of that name is there, or a file of that whole path.
    public static boolean has(String program) {
        return program.startsWith("/") ? Files.exists(Path.of(program)) : Shell.find(program) != null;
    }

    /// Whether a shared library lies where a Linux's loader looks by itself.
    static boolean hasLibrary(String file) {
        for (String directory : List.of("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")) {
            if (Files.exists(Path.of(directory, file))) {
                return true;
            }
            // Debian has one directory more, by architecture.
            String[] architectures = new File(directory).list((_, name) -> name.endsWith("-linux-gnu"));
            for (String architecture : architectures == null ? new String[0] : architectures) {
                if (Files.exists(Path.of(directory, architecture, file))) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The class path of this program with absolute paths, for programs of ours that run elsewhere
    /// on this machine, or on another that has them at the same paths.
    public static String classPath() {
        return String.join(File.pathSeparator, classPathEntries());
    }

    /// The class path of a module of a checkout that has been built, with the libraries that it needs.
    public static String classPath(Path checkout, String module) {
        Path target = checkout.resolve(module).resolve("target").toAbsolutePath();
        return target.resolve("*") + File.pathSeparator + target.resolve("lib").resolve("*");
    }

    /// The checkout that the launcher started this program from; else the working directory.
    public static Path home() {
        String said = System.getenv("VNETP_HOME");
        return Path.of(said == null ? "." : said);
    }

    /// What new programs may take of this machine's memory without swapping, bytes; no limit where
    /// the kernel does not tell.
    public static long availableMemory() {
        long kilobytes = Processes.availableKb();
        return kilobytes == 0 ? Long.MAX_VALUE : kilobytes << 10;
    }

    /// This program's `java`.
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /// What starts a program of ours that needs little: `java` and its options, but for the class path.
    ///
    /// @param heap at most, as `24m`
    static List<String> smallJava(String heap) {
        return List.of(java(), "-Xmx" + heap, "-XX:+UseSerialGC", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED");
    }

    /// The files that a program of ours needs: `java` and the class path.
    public static List<String> ourFiles() {
        return Stream.concat(Stream.of(java()), classPathEntries().stream()).toList();
    }

    private static List<String> classPathEntries() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Stream.of(path.split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .toList();
    }

    static boolean hasCapabilities() {
        try {
            List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
            for (String line : status) {
                if (line.startsWith("CapEff:")) {
                    long effective = Long.parseUnsignedLong(
                            line.substring("CapEff:".length()).trim(), 16);
                    long needed = 1L << CAP_NET_ADMIN | 1L << CAP_SYS_ADMIN;
                    return (effective & needed) == needed;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
