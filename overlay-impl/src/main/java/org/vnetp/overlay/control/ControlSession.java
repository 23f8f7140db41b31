package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One stream of statements to a node: a file, or one client of the control socket. Keeps what
/// lasts from line to line: the line number, VNET/P's section, and the statements between `begin`
/// and `commit`. Used by one thread at a time.
public final class ControlSession {
    private static final int MOST_COLLECTED = 1_000_000;

    private final NodeControl node;
    private final StatementParser parser = new StatementParser();
    private List<Statement.Routing> collected;

    public ControlSession(NodeControl node) {
        this.node = node;
    }

    /// Carries out one line.
    ///
    /// @return the answer; empty when there is nothing to tell
    /// @throws StatementException when the line is refused; nothing has changed, and what was
    ///     collected since `begin` is kept
    public String line(String text) throws StatementException {
        Optional<Statement> statement = parser.parse(text);
        if (statement.isEmpty()) {
            return "";
        }
        try {
            return carryOut(statement.get());
        } catch (StatementException e) {
            throw e.at(parser.line());
        }
    }

    private String carryOut(Statement statement) throws StatementException {
        switch (statement) {
            case TransactionStatement word -> {
                transact(word);
                return "";
            }
            case Statement.Routing routing
            when collected != null -> {
                if (collected.size() >= MOST_COLLECTED) {
                    throw new StatementException(
                            "more than " + MOST_COLLECTED + " statements since begin: expected commit");
                }
                collected.add(routing);
                return "";
            }
            case Statement.Question question -> {
                return node.execute(question);
            }
            default -> {
                if (collected != null) {
                    throw new StatementException(
                            "expected route statements, commit or abort, as there has been a begin");
                }
                return node.execute(statement);
            }
        }
    }

    private void transact(TransactionStatement word) throws StatementException {
        switch (word) {
            case BEGIN -> {
                if (collected != null) {
                    throw new StatementException("'begin': expected commit or abort, as there has been a begin before");
                }
                collected = new ArrayList<>();
            }
            case ABORT -> {
                began("abort");
                collected = null;
            }
            case COMMIT -> {
                List<Statement.Routing> all = began("commit");
                collected = null;
                try {
                    node.executeTogether(all);
                } catch (StatementException e) {
                    throw new StatementException("commit refused, nothing has changed: statement " + (e.position() + 1)
                            + " after begin: " + e.getMessage());
                }
            }
        }
    }

    private List<Statement.Routing> began(String word) throws StatementException {
        if (collected == null) {
            throw new StatementException("'" + word + "': expected a begin before");
        }
        return collected;
    }

    /// Carries out a whole text, as at a node's start. All lines are parsed before the first is
    /// carried out; routing statements that follow one another are carried out together, so that a
    /// million of them cost one table.
    ///
    /// @throws StatementException naming the line; statements before it have been carried out,
    ///     unless it is a syntax error
    public static void replay(NodeControl node, String text) throws StatementException {
        replay(node, StatementParser.parseAll(text));
    }

    /// The same for statements parsed before.
    public static void replay(NodeControl node, List<StatementParser.Numbered> statements) throws StatementException {
        List<Statement.Routing> run = new ArrayList<>();
        List<Integer> lines = new ArrayList<>();
        for (StatementParser.Numbered each : statements) {
            if (each.statement() instanceof Statement.Routing routing) {
                run.add(routing);
                lines.add(each.line());
                continue;
            }
            together(node, run, lines);
            // At the start nobody could see a state in between: whatever stands between begin and commit is a run
            // anyway.
            if (each.statement() == TransactionStatement.ABORT) {
                throw new StatementException(each.line(), "'abort': expected only in a session, not in a node's file");
            }
            if (!(each.statement() instanceof TransactionStatement)) {
                try {
                    node.execute(each.statement());
                } catch (StatementException e) {
                    throw e.at(each.line());
                }
            }
        }
        together(node, run, lines);
    }

    private static void together(NodeControl node, List<Statement.Routing> run, List<Integer> lines)
            throws StatementException {
        if (!run.isEmpty()) {
            try {
                node.executeTogether(List.copyOf(run));
            } catch (StatementException e) {
                throw e.at(lines.get(e.position()));
            }
            run.clear();
            lines.clear();
        }
    }
}
