package org.vnetp.overlay.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A statement of the language: its word, its forms, and what they mean. Reading and help are made of the same, so
/// that neither knows what the other does not.
///
/// @param word    the first word
/// @param summary what it is for, in a few words
/// @param notes   more about it, a paragraph each
/// @param forms   what may follow the word
record Syntax(String word, String summary, List<String> notes, List<Form> forms) {
    private static final int WIDTH = 110;
    private static final int WIDEST_NAME = 24;
    private static final String INDENT = "    ";

    static Syntax of(String word, String summary, Form... forms) {
        return of(word, summary, List.of(forms));
    }

    static Syntax of(String word, String summary, List<Form> forms) {
        return new Syntax(word, summary, List.of(), forms);
    }

    Syntax notes(String... paragraphs) {
        return new Syntax(word, summary, List.of(paragraphs), forms);
    }

    /// Reads what follows the word. Where forms differ a word of theirs goes before an argument.
    Statement read(Words words) throws StatementException {
        // A bit a form that what has been read fits. A node's file may have a million lines, hence no lists here.
        long open = (1L << forms.size()) - 1;
        Said said = new Said();
        for (int at = 0; ; at++) {
            long whole = 0;
            for (int i = 0; i < forms.size(); i++) {
                whole |= forms.get(i).length() == at ? 1L << i : 0;
            }
            whole &= open;
            open &= ~whole;
            if (whole != 0 && (open == 0 || !words.more())) {
                return forms.get(Long.numberOfTrailingZeros(whole)).finish(words, said);
            }
            if (!words.more()) {
                words.take(expected(open, at));
            }
            String word = words.peek("");
            long literal = fits(open, at, word);
            if (literal != 0) {
                words.take("");
                open = literal;
                continue;
            }
            Argument<?> argument = argument(open, at);
            if (argument == null) {
                throw Words.refused(word, expected(open, at));
            }
            said.put(argument, words);
            open = fits(open, at, argument);
        }
    }

    /// The forms that have this in that place.
    private long fits(long open, int at, Object place) {
        long fitting = 0;
        for (long left = open; left != 0; left &= left - 1) {
            int i = Long.numberOfTrailingZeros(left);
            if (forms.get(i).place(at).equals(place)) {
                fitting |= 1L << i;
            }
        }
        return fitting;
    }

    /// The argument in that place, or null.
    private Argument<?> argument(long open, int at) {
        for (long left = open; left != 0; left &= left - 1) {
            if (forms.get(Long.numberOfTrailingZeros(left)).place(at) instanceof Argument<?> argument) {
                return argument;
            }
        }
        return null;
    }

    private String expected(long open, int at) {
        List<String> all = new ArrayList<>();
        for (long left = open; left != 0; left &= left - 1) {
            Object place = forms.get(Long.numberOfTrailingZeros(left)).place(at);
            String one = place instanceof Argument<?> argument ? argument.expected() : (String) place;
            if (!all.contains(one)) {
                all.add(one);
            }
        }
        return Words.listed(all);
    }

    /// Every form, as it is said.
    List<String> synopses() {
        return forms.stream()
                .map(form -> (word + " " + form.synopsis()).strip())
                .toList();
    }

    /// All there is to say about the statement.
    String help() {
        StringBuilder text = new StringBuilder();
        for (String synopsis : synopses()) {
            wrap(text, "", "      ", synopsis);
        }
        wrap(text, INDENT, INDENT, sentence(summary));
        notes.forEach(note -> wrap(text, INDENT, INDENT, note));
        explain(text, explained());
        return text.toString().stripTrailing();
    }

    /// In two columns, but for long names.
    private static void explain(StringBuilder text, Map<String, String> explained) {
        int width = explained.keySet().stream()
                .mapToInt(String::length)
                .filter(length -> length <= WIDEST_NAME)
                .max()
                .orElse(0);
        explained.forEach((name, meaning) -> {
            String first = INDENT + name + "  ";
            if (name.length() > WIDEST_NAME) {
                text.append(INDENT).append(name).append('\n');
                first = INDENT;
            }
            String column = " ".repeat(INDENT.length() + width + 2);
            for (String line : meaning.split("\n")) {
                wrap(text, first + column.substring(first.length()), column, line);
                first = "";
            }
        });
    }

    /// Arguments and options with what they mean, in the order of the forms.
    private Map<String, String> explained() {
        Map<String, String> all = new LinkedHashMap<>();
        for (Form form : forms) {
            for (Object place : form.places()) {
                if (place instanceof Argument<?> argument && !argument.help().isEmpty()) {
                    all.putIfAbsent(argument.placeholder(), argument.help());
                }
            }
            form.options().forEach(option -> all.putIfAbsent(option.synopsis(), option.help()));
        }
        return all;
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    private static void wrap(StringBuilder text, String first, String next, String paragraph) {
        StringBuilder line = new StringBuilder(first);
        boolean empty = true;
        for (String word : paragraph.split(" ")) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                text.append(line).append('\n');
                line = new StringBuilder(next);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }
}
