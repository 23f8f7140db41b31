package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A node's file that has been read: its statements, and what they lead to by themselves, in a node that nobody says
/// anything else to. Reading it changes nothing.
public final class NodeFile {
    private final List<StatementParser.Numbered> statements;
    private final NodeConfig config;
    // What the file says of them last; null: nothing.
    private final Statement metrics;
    private final Statement measureLog;
    private final Map<String, Statement> nics;
    private final Map<String, Statement> links;

    private NodeFile(
            List<StatementParser.Numbered> statements,
            NodeConfig config,
            Statement metrics,
            Statement measureLog,
            Map<String, Statement> nics,
            Map<String, Statement> links) {
        this.statements = statements;
        this.config = config;
        this.metrics = metrics;
        this.measureLog = measureLog;
        this.nics = nics;
        this.links = links;
    }

    /// @throws StatementException naming the line of the first statement that is none, or that does not fit those
    ///     before it
    public static NodeFile read(String text) throws StatementException {
        List<StatementParser.Numbered> statements = StatementParser.parseAll(text);
        ConfigEditor editor = new ConfigEditor(NodeConfig.empty());
        Map<String, Statement> nics = new LinkedHashMap<>();
        Map<String, Statement> links = new LinkedHashMap<>();
        for (StatementParser.Numbered each : statements) {
            try {
                each.statement().apply(editor);
            } catch (StatementException e) {
                throw e.at(each.line());
            }
            makers(each.statement(), editor, nics, links);
        }
        return new NodeFile(
                statements,
                editor.done(),
                last(statements, MetricsStatement.class),
                last(statements, MeasureStatement.Log.class),
                nics,
                links);
    }

    /// A node that has carried this file out and nothing else.
    ///
    /// @param config what the file led to
    public static NodeFile carriedOut(List<StatementParser.Numbered> statements, NodeConfig config) {
        return new NodeFile(
                List.of(),
                config,
                last(statements, MetricsStatement.class),
                last(statements, MeasureStatement.Log.class),
                Map.of(),
                Map.of());
    }

    /// Remembers by which statement the NICs and links that are new came to be.
    private static void makers(
            Statement statement, ConfigEditor editor, Map<String, Statement> nics, Map<String, Statement> links) {
        if (nics.size() != editor.nics().size()) {
            nics.keySet().retainAll(editor.nics().keySet());
            editor.nics().keySet().forEach(name -> nics.putIfAbsent(name, statement));
        }
        if (links.size() != editor.links().size()) {
            links.keySet().retainAll(editor.links().keySet());
            editor.links().forEach((name, link) -> links.computeIfAbsent(name, _ -> maker(statement, link)));
        }
    }

    /// One statement that makes all links of a directory cannot be said again for one of them.
    private static Statement maker(Statement statement, NodeConfig.Link link) {
        return statement instanceof LinkStatement.All
                ? new LinkStatement.Add(
                        Optional.of(link.name()),
                        link.endpoint(),
                        link.encapsulation(),
                        OptionalInt.empty(),
                        link.seal(),
                        link.transports(),
                        link.keepaliveNs())
                : statement;
    }

    private static Statement last(List<StatementParser.Numbered> statements, Class<? extends Statement> kind) {
        List<Statement> all = new ArrayList<>();
        for (StatementParser.Numbered each : statements) {
            if (kind.isInstance(each.statement())) {
                all.add(each.statement());
            }
        }
        return all.isEmpty() ? null : all.getLast();
    }

    public List<StatementParser.Numbered> statements() {
        return statements;
    }

    /// What the file leads to by itself. Ports and indexes are not those of the node that runs.
    public NodeConfig config() {
        return config;
    }

    Optional<Statement> metrics() {
        return Optional.ofNullable(metrics);
    }

    Optional<Statement> measureLog() {
        return Optional.ofNullable(measureLog);
    }

    /// The statement that makes a NIC of this file.
    Statement nic(String name) {
        return nics.get(name);
    }

    /// The statement that makes a link of this file.
    Statement link(String name) {
        return links.get(name);
    }
}
