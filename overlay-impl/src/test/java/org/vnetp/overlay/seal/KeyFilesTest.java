package org.vnetp.overlay.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
    @TempDir
    private Path directory;

    private String refusal(Path file) {
        return assertThrows(IOException.class, () -> KeyFiles.read(file)).getMessage();
    }

    @Test
    void aKeyIsMadeForItsOwnerOnlyAndReadAgain() throws Exception {
        Path file = directory.resolve("a.key");
        Identity made = KeyFiles.create(file);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(made.publicText(), KeyFiles.read(file).publicText());
        assertTrue(PublicKeys.isKey(made.publicText()), made.publicText());
        assertFalse(PublicKeys.isKey(made.publicText().substring(1)));
        assertThrows(IOException.class, () -> KeyFiles.create(file));
        assertEquals(made.publicText(), KeyFiles.read(file).publicText(), "a key is never overwritten");
    }

    @Test
    void whatOthersMayReadOrWriteIsRefused() throws Exception {
        Path file = directory.resolve("a.key");
        KeyFiles.create(file);
        for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw---x---"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            assertTrue(refusal(file).contains("expected 0600"), refusal(file));
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        KeyFiles.read(file);
    }

    @Test
    void whatIsNoKeyIsRefusedWithoutSayingWhatItIs() throws Exception {
        assertTrue(refusal(directory.resolve("b.key")).contains("no such file"));
        assertTrue(refusal(directory).contains("is no file"));
        Path file = directory.resolve("c.key");
        for (String text : new String[] {
            "", "hunter2", "vnetp-private-key-x25519 aHVudGVyMg==", "vnetp-private-key-x25519 hunter2!"
        }) {
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            assertTrue(refusal(file).contains("holds no private key"), refusal(file));
            assertFalse(refusal(file).contains("hunter2"));
        }
    }
}
