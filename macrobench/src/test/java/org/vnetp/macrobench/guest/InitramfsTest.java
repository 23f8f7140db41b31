package org.vnetp.macrobench.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitramfsTest {
    @TempDir
    private Path directory;

    /// A file as an archive of the format "newc" has it.
    private record Entry(String name, int mode, byte[] bytes) {}

    /// Reads an archive strictly.
    private static List<Entry> read(byte[] archive) {
        List<Entry> entries = new ArrayList<>();
        int at = 0;
        while (true) {
            assertEquals("070701", text(archive, at, 6));
            int size = field(archive, at, 6);
            int nameSize = field(archive, at, 11);
            assertEquals(0, archive[at + 110 + nameSize - 1]);
            String name = text(archive, at + 110, nameSize - 1);
            int data = at + 110 + nameSize + 3 & ~3;
            if (name.equals("TRAILER!!!")) {
                assertEquals(archive.length, data);
                return entries;
            }
            byte[] bytes = java.util.Arrays.copyOfRange(archive, data, data + size);
            entries.add(new Entry(name, field(archive, at, 1), bytes));
            at = data + size + 3 & ~3;
        }
    }

    private static int field(byte[] archive, int at, int index) {
        return Integer.parseInt(text(archive, at + 6 + 8 * index, 8), 16);
    }

    private static String text(byte[] archive, int at, int length) {
        return new String(archive, at, length, StandardCharsets.UTF_8);
    }

    @Test
    void filesComeBackFromAnArchive() throws Exception {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        byte[][] contents = {{}, {1}, {1, 2, 3}, {1, 2, 3, 4}, new byte[1001]};
        try (CpioArchive archive = new CpioArchive(to)) {
            for (int i = 0; i < contents.length; i++) {
                archive.add("f".repeat(i + 1), CpioArchive.PLAIN, contents[i]);
            }
        }
        List<Entry> entries = read(to.toByteArray());
        assertEquals(contents.length, entries.size());
        for (int i = 0; i < contents.length; i++) {
            assertEquals("f".repeat(i + 1), entries.get(i).name());
            assertEquals(0100644, entries.get(i).mode());
            assertArrayEquals(contents[i], entries.get(i).bytes());
        }
    }

    @Test
    void programsComeWithTheirLibrariesAndDirectoriesFirst() throws Exception {
        Path own = Files.writeString(directory.resolve("own"), "own");
        Path to = directory.resolve("initramfs");
        new Initramfs()
                .directory("/root")
                .program("sh")
                .file("/a/b/own", own)
                .script("/init", "#!/bin/sh\n")
                .write(to);
        List<Entry> entries = read(Files.readAllBytes(to));
        List<String> names = entries.stream().map(Entry::name).toList();
        assertTrue(names.containsAll(List.of("root", "bin/sh", "a/b/own", "init")), names::toString);
        assertTrue(names.indexOf("a") < names.indexOf("a/b") && names.indexOf("a/b") < names.indexOf("a/b/own"));
        assertEquals(names.size(), names.stream().distinct().count());
        // Where the shell is linked to a library, that and what loads it are there.
        boolean linked = entries.get(names.indexOf("bin/sh")).bytes().length > 0
                && names.stream().anyMatch(name -> name.contains("libc."));
        assertEquals(linked, names.stream().anyMatch(name -> name.contains("ld-linux") || name.contains("ld-musl")));
        for (Entry entry : entries) {
            assertFalse(entry.name().startsWith("/"), entry.name());
        }
        assertEquals(0100644, entries.get(names.indexOf("a/b/own")).mode());
        assertEquals(0100755, entries.get(names.indexOf("init")).mode());
        assertEquals(0040755, entries.get(names.indexOf("root")).mode());
    }

    @Test
    void aProgramThatIsNotThereIsNamed() {
        var e = assertThrows(IOException.class, () -> new Initramfs().program("no-such-program"));
        assertTrue(e.getMessage().contains("no program no-such-program is in /bin"), e.getMessage());
    }

    @Test
    void theLastKernelThatHasItsModulesIsTaken() throws Exception {
        assertTrue(GuestKernel.find(directory).isEmpty());
        Files.createDirectories(directory.resolve("boot"));
        for (String release : List.of("6.1.0-1", "6.1.0-2", "6.1.0-3")) {
            Files.createFile(directory.resolve("boot/vmlinuz-" + release));
        }
        assertTrue(GuestKernel.find(directory).isEmpty());
        Files.createDirectories(directory.resolve("lib/modules/6.1.0-1/kernel"));
        Path modules = Files.createDirectories(directory.resolve("usr/lib/modules/6.1.0-2/kernel"));
        GuestKernel found = GuestKernel.find(directory).orElseThrow();
        assertEquals(new GuestKernel(directory.resolve("boot/vmlinuz-6.1.0-2"), modules), found);
        Path packed =
                Files.createFile(Files.createDirectories(modules.resolve("net")).resolve("one.ko.xz"));
        assertEquals(List.of(packed), found.files(List.of("net/one")));
        var e = assertThrows(IOException.class, () -> found.files(List.of("net/one", "net/two")));
        assertTrue(e.getMessage().contains("has no module net/two"), e.getMessage());
    }
}
