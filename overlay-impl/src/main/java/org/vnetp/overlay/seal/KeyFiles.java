package org.vnetp.overlay.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/// Files with a node's private key: one line, for its owner's eyes only. A file that others could read or
/// write is refused, as is one of another owner.
public final class KeyFiles {
    private static final String WORD = "vnetp-private-key-x25519";

    private KeyFiles() {}

    /// Makes a new key in a file that must not be there yet; its mode is 0600 from its first moment.
    ///
    /// @throws IOException naming the file and what is wrong
    public static Identity create(Path file) throws IOException {
        SecureRandom random = new SecureRandom();
        Identity made = Identity.create(random);
        byte[] secret = made.secret();
        byte[] line =
                (WORD + " " + Base64.getEncoder().encodeToString(secret) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (SeekableByteChannel channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + ": is there already; a key is never overwritten", e);
        } catch (NoSuchFileException e) {
            throw new IOException(file + ": there is no such directory", e);
        } finally {
            java.util.Arrays.fill(secret, (byte) 0);
            java.util.Arrays.fill(line, (byte) 0);
        }
        return made;
    }

    /// Reads the key of a file.
    ///
    /// @throws IOException naming the file, what was expected and what came; never with anything of the
    ///         contents
    public static Identity read(Path file) throws IOException {
        byte[] secret = parse(file, PrivateFile.read(file, "./vnetp key new makes one"));
        try {
            return new Identity(secret);
        } finally {
            java.util.Arrays.fill(secret, (byte) 0);
        }
    }

    private static byte[] parse(Path file, String text) throws IOException {
        String[] words = text.strip().split(" ");
        if (words.length == 2 && words[0].equals(WORD)) {
            try {
                byte[] secret = Base64.getDecoder().decode(words[1]);
                if (secret.length == X25519.LENGTH) {
                    return secret;
                }
            } catch (IllegalArgumentException e) {
                // The message below is for this too; a cause would show a part of the key.
            }
        }
        throw new IOException(file + ": holds no private key; expected what ./vnetp key new makes");
    }
}
