package org.vnetp.macrobench.guest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The first files of a guest that QEMU runs: programs of this machine, each with the libraries that it is linked to,
/// and what else is put there. They lie in the guest's memory.
final class Initramfs {
    /// What `ldd` tells of a library, and of the program that loads them: `libc.so.6 => /lib/.../libc.so.6 (0x...)`.
    private static final Pattern LIBRARY = Pattern.compile("(?:^|\\s)(/\\S+) \\(0x");

    private static final List<String> PROGRAMS = List.of("/bin", "/sbin", "/usr/bin", "/usr/sbin");

    /// A file, or a directory where there is none; sorted by name, so that directories come first.
    private final Map<String, Content> contents = new TreeMap<>();

    private record Content(int mode, Path file, byte[] bytes) {}

    /// @param path with its whole path in the guest
    Initramfs directory(String path) {
        return put(path, new Content(CpioArchive.DIRECTORY, null, new byte[0]));
    }

    Initramfs file(String path, Path from) {
        int mode = Files.isExecutable(from) ? CpioArchive.PROGRAM : CpioArchive.PLAIN;
        return put(path, new Content(mode, from, null));
    }

    /// A program that is a text.
    Initramfs script(String path, String text) {
        return put(path, new Content(CpioArchive.PROGRAM, null, text.getBytes(StandardCharsets.UTF_8)));
    }

    /// A program of this machine, in the guest's /bin whatever directory it is in here, with its libraries.
    ///
    /// @throws IOException where it is not there
    Initramfs program(String name) throws IOException {
        Path found = PROGRAMS.stream()
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IOException("no program " + name + " is in " + String.join(", ", PROGRAMS)));
        return file("/bin/" + name, found).librariesOf(found);
    }

    /// What a program or library is linked to, at the same places as here; nothing where it is linked to nothing.
    Initramfs librariesOf(Path program) throws IOException {
        Process ldd = new ProcessBuilder("ldd", program.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        ldd.getOutputStream().close();
        String told = new String(ldd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher library = LIBRARY.matcher(told);
        while (library.find()) {
            file(library.group(1), Path.of(library.group(1)));
        }
        return this;
    }

    /// All files of a directory of this machine, at the same places.
    Initramfs tree(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(Files::isRegularFile).forEach(file -> file(file.toString(), file));
        }
        return this;
    }

    private Initramfs put(String path, Content content) {
        contents.put(path, content);
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            contents.putIfAbsent(path.substring(0, slash), new Content(CpioArchive.DIRECTORY, null, new byte[0]));
        }
        return this;
    }

    /// Writes them where QEMU reads them.
    void write(Path to) throws IOException {
        try (CpioArchive archive = new CpioArchive(new BufferedOutputStream(Files.newOutputStream(to), 1 << 16))) {
            for (Map.Entry<String, Content> each : contents.entrySet()) {
                Content content = each.getValue();
                byte[] bytes = content.file() == null ? content.bytes() : Files.readAllBytes(content.file());
                archive.add(each.getKey().substring(1), content.mode(), bytes);
            }
        }
    }
}
