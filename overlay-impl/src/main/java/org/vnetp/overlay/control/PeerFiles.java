package org.vnetp.overlay.control;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.vnetp.overlay.seal.KeyFiles;
import org.vnetp.overlay.seal.PublicKeys;

/// What statements read about other nodes of sealed links: files with a public key, and directories of files
/// `NAME.peer`, each of which holds a line `IP:PORT KEY`. Public keys are no secrets; who may write these
/// files says whom the node trusts.
final class PeerFiles {
    static final String SUFFIX = ".peer";

    private static final int MOST_BYTES = 4096;
    private static final String LINE_EXPECTED = "a line 'IP:PORT x25519:...'";

    private PeerFiles() {}

    /// Another node.
    ///
    /// @param name the file's, without the suffix
    record Peer(String name, Endpoint endpoint, String key) {}

    /// The public key that is meant.
    ///
    /// @param keyOrFile the key itself, or the absolute path of a file with it
    static String key(String keyOrFile) throws StatementException {
        if (PublicKeys.isKey(keyOrFile)) {
            return keyOrFile;
        }
        String text = read(Path.of(keyOrFile)).strip();
        if (!PublicKeys.isKey(text)) {
            throw new StatementException(
                    "'" + keyOrFile + "': holds no public key; expected what './vnetp key show' tells");
        }
        return text;
    }

    /// The nodes of a directory, but for the one whose private key is in `keyFile`; by name.
    static List<Peer> others(Path directory, Path keyFile) throws StatementException {
        String own;
        try {
            own = KeyFiles.read(keyFile).publicText();
        } catch (IOException e) {
            throw new StatementException("'key': " + e.getMessage());
        }
        List<Peer> peers = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                Peer peer = peer(file);
                if (!peer.key().equals(own)) {
                    peers.add(peer);
                }
            }
        } catch (IOException e) {
            throw new StatementException("'" + directory + "': cannot be read: " + e);
        }
        peers.sort(Comparator.comparing(Peer::name));
        if (peers.isEmpty()) {
            throw new StatementException(
                    "'" + directory + "': expected a file NAME" + SUFFIX + " for each other node, there is none");
        }
        return peers;
    }

    private static Peer peer(Path file) throws StatementException {
        String[] words = read(file).strip().split("\\s+");
        if (words.length != 2 || !PublicKeys.isKey(words[1])) {
            throw new StatementException("'" + file + "': expected " + LINE_EXPECTED);
        }
        String base = file.getFileName().toString();
        try {
            return new Peer(
                    LinkStatement.newName(new Words(base.substring(0, base.length() - SUFFIX.length()))),
                    new Words(words[0]).endpoint(LinkStatement.WHERE_EXPECTED, false),
                    words[1]);
        } catch (StatementException e) {
            throw new StatementException("'" + file + "': " + e.getMessage());
        }
    }

    private static String read(Path file) throws StatementException {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new StatementException("'" + file + "': is too long for a public key");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new StatementException("'" + file + "': cannot be read: " + e);
        }
    }
}
