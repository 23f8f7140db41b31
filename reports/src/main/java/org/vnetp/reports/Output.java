package org.vnetp.reports;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vnetp.reports.chart.Picture;
import org.vnetp.reports.result.ResultException;

/// The files of one report: each is written whole or not at all, and one that has no room costs no other.
final class Output {
    private final List<String> missing = new ArrayList<>();
    private IOException first;

    void text(Path file, String text) {
        bytes(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes the pictures and removes those of an earlier report that are no longer drawn.
    void plots(Path room, List<Picture> pictures) throws IOException {
        try {
            Files.createDirectories(room);
            try (DirectoryStream<Path> old = Files.newDirectoryStream(room, "*.{svg,png}")) {
                for (Path file : old) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            failed(room, e);
            return;
        }
        for (Picture picture : pictures) {
            text(room.resolve(picture.name() + ".svg"), picture.svg(false));
            bytes(room.resolve(picture.name() + ".png"), picture.png()); // drawn in memory
        }
    }

    private void bytes(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            failed(file, e);
            try {
                Files.deleteIfExists(file);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
        }
    }

    private void failed(Path file, IOException e) {
        missing.add(file.getFileName().toString());
        first = first == null ? e : first;
    }

    /// @throws ResultException naming what could not be written, and why the first of it
    void requireWhole(Path directory) throws ResultException {
        if (!missing.isEmpty()) {
            throw new ResultException(
                    directory,
                    "could not write " + (missing.size() > 5 ? missing.size() + " files of the report, first " : "")
                            + String.join(", ", missing.subList(0, Math.min(5, missing.size()))) + " ("
                            + first.getMessage() + "); make room and run ./vnetp report " + directory,
                    first);
        }
    }
}
