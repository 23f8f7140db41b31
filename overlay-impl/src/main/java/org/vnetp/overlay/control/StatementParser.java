package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Parses one stream of statements, one a line: a file, or what a client of the control socket
/// says. Whatever the text, the only exception is [StatementException].
///
/// What a statement looks like is written in its own file ([Language]); what lasts from line to line is here: the
/// number of the line, and whether VNET/P's `DEL INDEX`, which has the same shape for links and routes, means
/// the one or the other. It takes after the last `ADD` of the stream (VNET/P keeps links and routes in two
/// files), or after a line `links:` or `routes:`; without either it is refused.
///
/// Words are separated by blanks; `#` begins a comment. Not safe for use by several threads.
public final class StatementParser {
    /// Longest line, characters.
    public static final int MAX_LINE = 1024;

    private enum Section {
        NONE,
        LINKS,
        ROUTES
    }

    private int line;
    private Section section = Section.NONE;

    /// A statement and the line it stood on.
    public record Numbered(int line, Statement statement) {}

    /// Parses a whole text; nothing is carried out, so a syntax error anywhere leaves everything
    /// as it was.
    public static List<Numbered> parseAll(String text) throws StatementException {
        StatementParser parser = new StatementParser();
        List<Numbered> statements = new ArrayList<>();
        for (String each : text.split("\n", -1)) {
            Optional<Statement> statement = parser.parse(each);
            statement.ifPresent(s -> statements.add(new Numbered(parser.line, s)));
        }
        return statements;
    }

    /// Lines parsed so far.
    public int line() {
        return line;
    }

    /// Parses the next line.
    ///
    /// @return empty for a blank line, a comment, a section line
    public Optional<Statement> parse(String text) throws StatementException {
        line++;
        try {
            if (text.length() > MAX_LINE) {
                throw new StatementException(
                        "a line of " + text.length() + " characters: expected at most " + MAX_LINE);
            }
            int comment = text.indexOf('#');
            String said = (comment < 0 ? text : text.substring(0, comment)).strip();
            return said.isEmpty() ? Optional.empty() : statement(new Words(said));
        } catch (StatementException e) {
            throw e.at(line);
        }
    }

    private Optional<Statement> statement(Words words) throws StatementException {
        String word = words.take("a statement");
        if (word.equals("links:") || word.equals("routes:")) {
            words.end();
            section = word.equals("links:") ? Section.LINKS : Section.ROUTES;
            return Optional.empty();
        }
        Syntax syntax = Language.syntax(word).orElseThrow(() -> Words.refused(word, Words.listed(Language.words())));
        Statement statement = syntax.read(words);
        if (syntax == VnetpStatement.ADD) {
            section = statement instanceof Statement.Routing ? Section.ROUTES : Section.LINKS;
        }
        return Optional.of(statement instanceof VnetpStatement.Delete(int index) ? delete(index) : statement);
    }

    private Statement delete(int index) throws StatementException {
        return switch (section) {
            case LINKS -> new LinkStatement.DeleteIndex(index);
            case ROUTES -> new RouteStatement.DeleteIndex(index);
            case NONE ->
                throw new StatementException("'" + index
                        + "': a link's index or a route's? expected an ADD, or a line 'links:' or 'routes:',"
                        + " before this DEL; or 'link del " + index + "' or 'route del " + index + "'");
        };
    }
}
