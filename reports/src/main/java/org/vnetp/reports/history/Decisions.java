package org.vnetp.reports.history;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vnetp.reports.result.ResultException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `decisions.jsonl`: steps that people accepted, a line each, only ever appended. What is accepted begins a
/// new epoch of the series: runs before it are no baseline any more, and the step is told no more as news.
///
/// @param all in the file's order
public record Decisions(List<Decision> all) {
    public static final Decisions NONE = new Decisions(List.of());

    private static final JsonMapper JSON = new JsonMapper();

    /// @param series a pattern over names of series
    /// @param at the commit that the new epoch begins with, at least seven digits
    /// @param reason why, for those who look later
    /// @param accepted when, ISO 8601 in UTC: where no run has that commit, the first run after this begins
    ///     the epoch
    public record Decision(Glob series, String at, String reason, String accepted) {
        public Decision {
            if (!at.matches("[0-9a-f]{7,64}")) {
                throw new IllegalArgumentException(
                        "commit '" + at + "': expected at least 7 hexadecimal digits, as git rev-parse prints them");
            }
            if (reason.isBlank()) {
                throw new IllegalArgumentException("no reason: expected a sentence on why the step is accepted");
            }
            if (!Instants.legal(accepted)) {
                throw new IllegalArgumentException("accepted '" + accepted + "': expected an instant");
            }
        }

        /// Whether a run is of that commit. Either may be the shorter text.
        boolean of(String commit) {
            return !commit.isEmpty() && (commit.startsWith(at) || at.startsWith(commit));
        }
    }

    public Decisions {
        all = List.copyOf(all);
    }

    /// An accepted epoch of a series.
    ///
    /// @param run the first run of it
    public record Epoch(int run, Decision decision) {}

    /// The epochs of a series that decisions made, by their first runs.
    ///
    /// @param runs all runs of the series' machine and suite, by their start
    List<Epoch> epochs(String series, List<HistoryRun> runs) {
        List<Epoch> epochs = new ArrayList<>();
        for (Decision decision : all) {
            if (decision.series().matches(series)) {
                first(decision, runs).ifPresent(run -> epochs.add(new Epoch(run, decision)));
            }
        }
        epochs.sort(java.util.Comparator.comparingInt(Epoch::run));
        return epochs;
    }

    private static Optional<Integer> first(Decision decision, List<HistoryRun> runs) {
        for (int i = 0; i < runs.size(); i++) {
            if (decision.of(runs.get(i).commit())) {
                return Optional.of(i);
            }
        }
        java.time.Instant accepted = java.time.Instant.parse(decision.accepted());
        for (int i = 0; i < runs.size(); i++) {
            if (java.time.Instant.parse(runs.get(i).started()).isAfter(accepted)) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    /// Reads a file; one that is not there holds none.
    static Decisions read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return NONE;
        }
        List<Decision> all = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (CharacterCodingException e) {
            throw new ResultException(file, "not UTF-8", e);
        }
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                all.add(decision(file, i + 1, lines.get(i)));
            }
        }
        return new Decisions(all);
    }

    private static Decision decision(Path file, int line, String text) throws ResultException {
        try {
            JsonNode node = JSON.readTree(text);
            return new Decision(
                    Glob.of(field(node, "series")), field(node, "at"), field(node, "reason"), field(node, "accepted"));
        } catch (JacksonException e) {
            throw new ResultException(file, line, "not a decision: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            throw new ResultException(file, line, "not a decision: " + e.getMessage());
        }
    }

    private static String field(JsonNode node, String name) {
        if (!node.path(name).isString()) {
            throw new IllegalArgumentException("expected text in the field '" + name + "'");
        }
        return node.path(name).asString();
    }

    static void append(Path file, Decision decision) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("series", decision.series().text());
        node.put("at", decision.at());
        node.put("reason", decision.reason());
        node.put("accepted", decision.accepted());
        // After a line that was cut off, on a line of its own.
        String text = (endsWhole(file) ? "" : "\n") + JSON.writeValueAsString(node) + "\n";
        byte[] line = text.getBytes(StandardCharsets.UTF_8);
        // One write in append mode: two processes' lines do not mix.
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(false);
        }
    }

    private static boolean endsWhole(Path file) throws IOException {
        if (!Files.exists(file)) {
            return true;
        }
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length == 0 || bytes[bytes.length - 1] == '\n';
    }
}
