package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All statements there are, in the order in which help tells them. A new statement is a file of its own and a line
/// here.
final class Language {
    private static final List<Syntax> ALL = List.of(
            NodeStatement.SYNTAX,
            ListenStatement.SYNTAX,
            NicStatement.SYNTAX,
            LinkStatement.SYNTAX,
            RouteStatement.SYNTAX,
            LearnStatement.SYNTAX,
            GuardStatement.SYNTAX,
            DispatchStatement.SYNTAX,
            MtuStatement.SYNTAX,
            FastPathStatement.SYNTAX,
            MetricsStatement.SYNTAX,
            MeasureStatement.SYNTAX,
            AdaptStatement.SYNTAX,
            TransactionStatement.BEGIN.syntax(),
            TransactionStatement.COMMIT.syntax(),
            TransactionStatement.ABORT.syntax(),
            ShowStatement.SYNTAX,
            HelpStatement.SYNTAX,
            VnetpStatement.ADD,
            VnetpStatement.DEL);

    private static final Map<String, Syntax> BY_WORD = byWord();

    private Language() {}

    private static Map<String, Syntax> byWord() {
        Map<String, Syntax> all = new LinkedHashMap<>();
        ALL.forEach(syntax -> all.put(syntax.word(), syntax));
        all.put("add", VnetpStatement.ADD);
        all.put("del", VnetpStatement.DEL);
        return all;
    }

    /// Every statement.
    static List<Syntax> all() {
        return ALL;
    }

    /// The first words of all statements.
    static List<String> words() {
        return ALL.stream().map(Syntax::word).toList();
    }

    /// The statement of a first word.
    static Optional<Syntax> syntax(String word) {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /// Every statement in a line.
    static String overview() {
        int width =
                ALL.stream().mapToInt(syntax -> syntax.word().length()).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (Syntax syntax : ALL) {
            lines.add(syntax.word() + " ".repeat(width - syntax.word().length() + 2) + syntax.summary());
        }
        lines.add("");
        lines.add("One statement a line; '#' begins a comment. All about one of them: help STATEMENT");
        return String.join("\n", lines);
    }

    /// Everything about every statement.
    static String reference() {
        return String.join("\n\n", ALL.stream().map(Syntax::help).toList());
    }
}
