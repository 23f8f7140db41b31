package org.vnetp.overlay.control;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.vnetp.overlay.stats.JsonWriter;

/// The same statements to several nodes at once, each over a connection of its own, so that one that does not answer
/// keeps no other waiting. What they answer is printed in the order in which they were named. Each node stands for
/// itself: what one refuses the others may have done.
final class ManyNodes {
    /// Nodes that are talked to at the same time.
    private static final int AT_ONCE = 64;

    private static final String INDENT = "  ";

    private final List<String> statements;
    private final boolean json;
    private final Duration patience;

    /// @param trouble why not all was done, or empty
    /// @param exit    0 where all was done
    record Said(List<String> answers, String trouble, int exit) {}

    /// @param json     answers of `show` as one line of JSON
    /// @param patience for the connection, and for every answer
    ManyNodes(List<String> statements, boolean json, Duration patience) {
        this.statements = statements;
        this.json = json;
        this.patience = patience;
    }

    /// @param sockets of the nodes, by what they are called
    /// @param missing what was named, but is not there: why, by name
    /// @return exit code: that of the worst
    int talk(Map<String, Path> sockets, Map<String, String> missing, PrintWriter out, PrintWriter err) {
        Map<String, Future<Said>> all = new LinkedHashMap<>();
        List<String> failed = new ArrayList<>(missing.keySet());
        int exit = missing.isEmpty() ? 0 : CtlMain.MISSING;
        try (ExecutorService talkers = Executors.newFixedThreadPool(Math.clamp(sockets.size(), 1, AT_ONCE))) {
            sockets.forEach((name, socket) -> all.put(name, talkers.submit(() -> say(name, socket))));
            missing.values().forEach(why -> err.println("vnetp ctl: " + why));
            for (Map.Entry<String, Future<Said>> each : all.entrySet()) {
                Said said = each.getValue().get();
                print(each.getKey(), said, out);
                if (said.exit() != 0) {
                    failed.add(each.getKey());
                    err.println("vnetp ctl: " + said.trouble());
                    exit = Math.max(exit, said.exit());
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CtlMain.MISSING;
        }
        if (!failed.isEmpty()) {
            err.println("vnetp ctl: " + failed.size() + " of " + (sockets.size() + missing.size())
                    + " nodes did not do all of it: " + String.join(", ", failed));
        }
        return exit;
    }

    private void print(String name, Said said, PrintWriter out) {
        if (json) {
            said.answers().forEach(answer -> out.println(line(name, answer)));
        } else if (!said.answers().isEmpty()) {
            out.println(name + ":");
            said.answers()
                    .forEach(
                            answer -> out.println(answer.indent(INDENT.length()).stripTrailing()));
        } else if (said.exit() == 0) {
            out.println(name + ": ok");
        }
        out.flush();
    }

    private static String line(String name, String answer) {
        String start = new JsonWriter().object().field("node", name).toString();
        boolean json = answer.startsWith("{") || answer.startsWith("[");
        return json
                ? start + ",\"answer\":" + answer + "}"
                : new JsonWriter()
                        .object()
                        .field("node", name)
                        .field("answer", answer)
                        .end()
                        .toString();
    }

    /// Says all statements to one node, up to the first that it refuses.
    Said say(String name, Path socket) {
        List<String> answers = new ArrayList<>();
        try (ControlClient client = new ControlClient(socket, patience)) {
            CtlMain.say(client, statements, json, answers::add);
            return new Said(answers, "", 0);
        } catch (StatementException e) {
            return new Said(answers, name + " refuses: " + e.getMessage(), CtlMain.REFUSED);
        } catch (ConnectException e) {
            return new Said(answers, "no node answers at " + socket + ": " + e.getMessage(), CtlMain.MISSING);
        } catch (IOException e) {
            return new Said(answers, name + " at " + socket + ": " + e.getMessage(), CtlMain.MISSING);
        }
    }
}
