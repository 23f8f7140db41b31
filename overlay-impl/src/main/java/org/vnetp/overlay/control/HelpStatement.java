package org.vnetp.overlay.control;

/// `help`: the language, told by itself.
///
/// @param text the answer
record HelpStatement(String text) implements Statement.Question {
    private static final Argument<String> WHICH =
            new Argument<>("STATEMENT", "a statement's first word", "a statement's first word", HelpStatement::which);

    static final Syntax SYNTAX = Syntax.of(
                    "help",
                    "tells the statements, or all about one of them",
                    Form.of().makes(_ -> new HelpStatement(Language.overview())),
                    Form.of(WHICH).makes(said -> new HelpStatement(said.get(WHICH))))
            .notes("The same without a node: ./vnetp ctl help [STATEMENT].");

    private static String which(Words words) throws StatementException {
        String word = words.take("");
        return Language.syntax(word)
                .orElseThrow(() -> Words.refused(word, Words.listed(Language.words())))
                .help();
    }

    @Override
    public String answer(Asked asked) {
        return text;
    }
}
