package org.vnetp.overlay.adapt;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.vnetp.overlay.stats.JsonWriter;

/// Tells each decision: to a person in words, and to a file as a line of JSON. One thread.
final class DecisionLog implements Closeable {
    private final PrintWriter out;
    private final PrintWriter err;
    private final Writer file;
    private final Supplier<Instant> time;

    /// @param file may be null
    DecisionLog(PrintWriter out, PrintWriter err, Writer file, Supplier<Instant> time) {
        this.out = out;
        this.err = err;
        this.file = file;
        this.time = time;
    }

    void advised(Decision decision) {
        tell("advised", decision, "advised, not done");
        write(json("advised", decision));
    }

    /// @param trouble empty: it was done
    void applied(Decision decision, long tookNs, String trouble) {
        String done = trouble.isEmpty()
                ? String.format(Locale.ROOT, "done within %.0f ms", tookNs / 1e6)
                : "not done: " + trouble;
        tell(trouble.isEmpty() ? "applied" : "failed", decision, done);
        write(json(trouble.isEmpty() ? "applied" : "failed", decision)
                .field("took_ms", tookNs / 1e6)
                .field("trouble", trouble));
    }

    void judged(Trial.Judged judged) {
        line("outcome of " + judged.decision().kind().label() + " "
                + judged.decision().subjects() + ": " + judged.words());
        write(begun("outcome")
                .field("kind", judged.decision().kind().label())
                .field("subjects", judged.decision().subjects().toString())
                .field("predicted_gain", judged.predicted())
                .field("measured_gain", judged.gain())
                .field("taken_back", judged.back())
                .field("why", judged.words()));
    }

    void mended(Script.Part part) {
        line("mended at " + part.node() + ": " + String.join("; ", part.statements()));
        write(begun("mended").field("node", part.node()).field("why", String.join("; ", part.statements())));
    }

    void complain(String what) {
        err.println("vnetp adapt: " + what);
        err.flush();
        write(begun("complaint").field("why", what));
    }

    private void tell(String event, Decision decision, String done) {
        line(decision.kind().label() + " " + decision.subjects() + " (" + done + "): " + decision.why());
        decision.steps().forEach(step -> out.println("    step: " + words(step)));
        decision.inputs().forEach(each -> out.println("    from: " + each));
        decision.candidates().forEach(each -> out.println("    candidate: " + each));
        out.flush();
    }

    static String words(Decision.Step step) {
        return switch (step) {
            case Decision.Step.Open open -> "add a link " + open.ends();
            case Decision.Step.Close close -> "delete the link " + close.ends();
            case Decision.Step.Route route ->
                route.pairs().size() + " pairs of " + route.ends() + " by " + String.join(" > ", route.path());
            case Decision.Step.Unroute back -> back.pairs().size() + " pairs of " + back.ends() + " as written";
            case Decision.Step.Spread spread ->
                "what " + spread.pair().source() + " at " + spread.home() + " sends to all by " + spread.next();
            case Decision.Step.Gather gather ->
                "what " + gather.pair().source() + " at " + gather.home() + " sends to all as written";
            case Decision.Step.Ask ask -> "measure " + ask.what() + " of link " + ask.link() + " at " + ask.node();
            case Decision.Step.Move move ->
                "guest " + move.guest() + " would be better at " + move.to() + " than at " + move.from();
        };
    }

    private void line(String text) {
        out.println(time.get().truncatedTo(ChronoUnit.MILLIS) + " " + text);
        out.flush();
    }

    private JsonWriter begun(String event) {
        return new JsonWriter()
                .object()
                .field("time", time.get().truncatedTo(ChronoUnit.MILLIS).toString())
                .field("event", event);
    }

    private JsonWriter json(String event, Decision decision) {
        JsonWriter json = begun(event)
                .field("kind", decision.kind().label())
                .field("subjects", decision.subjects().toString())
                .field("why", decision.why());
        decision.prediction()
                .ifPresent(prediction -> json.field("predicted_gain", prediction.gain())
                        .field("prediction_error", prediction.error())
                        .field("share_before", prediction.before().total())
                        .field("share_after", prediction.after().total()));
        array(json, "steps", decision.steps().stream().map(DecisionLog::words).toList());
        array(json, "inputs", decision.inputs());
        array(json, "candidates", decision.candidates());
        return json;
    }

    private static void array(JsonWriter json, String name, List<String> lines) {
        json.array(name);
        lines.forEach(json::value);
        json.end();
    }

    private void write(JsonWriter json) {
        if (file == null) {
            return;
        }
        try {
            file.write(json.end() + "\n");
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the log cannot be written", e);
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
