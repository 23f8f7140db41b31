package org.vnetp.overlay.control;

/// `begin`, `commit`, `abort`: several routing statements in one step. What lies between is kept by the
/// [ControlSession].
enum TransactionStatement implements Statement {
    BEGIN("collects route statements from here on", "They are carried out together by commit."),
    COMMIT(
            "carries out what was collected since begin, in one step",
            "Every frame sees either all of it or nothing; if one does not fit, nothing has changed."),
    ABORT("forgets what was collected since begin", "Only in a session, not in a node's file.");

    private final Syntax syntax;

    TransactionStatement(String summary, String note) {
        this.syntax = Syntax.of(Words.label(this), summary, Form.of().makes(_ -> this))
                .notes(note);
    }

    Syntax syntax() {
        return syntax;
    }
}
