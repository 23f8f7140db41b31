package org.vnetp.overlay.adapt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.vnetp.overlay.adapt.Decision.Step;

/// Moves guests to other nodes, which takes who runs them: an overlay only has their frames.
interface Mover {
    /// Moves all of these, or says why not.
    ///
    /// @return what went wrong; empty: nothing
    String move(List<Step.Move> moves);

    /// A program that is told guest, node and new node of each, all at once since they may change places. It ends
    /// with 0 once they are there, else its last line says what went wrong.
    ///
    /// @param patience after which it is ended, and guests are where they are
    record Program(Path program, Duration patience) implements Mover {
        @Override
        public String move(List<Step.Move> moves) {
            List<String> command = new ArrayList<>(List.of(program.toString()));
            for (Step.Move move : moves) {
                command.addAll(List.of(move.guest(), move.from(), move.to()));
            }
            Path said = null;
            try {
                said = Files.createTempFile("vnetp-mover", ".txt");
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .start();
                if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    return "the mover " + program + " has not ended within " + Said.seconds(patience.toNanos());
                }
                return process.exitValue() == 0
                        ? ""
                        : "the mover " + program + " ended with " + process.exitValue() + ": " + last(said);
            } catch (IOException e) {
                return "the mover " + program + " cannot be run: " + e.getMessage();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted while the mover ran";
            } finally {
                delete(said);
            }
        }

        private static String last(Path said) throws IOException {
            return new String(Files.readAllBytes(said), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .reduce((_, line) -> line)
                    .orElse("it said nothing");
        }

        private static void delete(Path file) {
            try {
                if (file != null) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                // It is small, and in the directory for such.
            }
        }
    }
}
