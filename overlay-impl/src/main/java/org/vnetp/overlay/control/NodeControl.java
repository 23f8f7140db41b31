package org.vnetp.overlay.control;

import java.util.List;

/// What the control socket talks to. Callable from any thread; calls are carried out one after
/// the other.
public interface NodeControl {
    /// Carries out one statement: whole, or not at all.
    ///
    /// @return the answer's text; empty when there is nothing to tell. One line of JSON where
    ///     that was asked for.
    /// @throws StatementException when the statement is refused; nothing has changed
    String execute(Statement statement) throws StatementException;

    /// Carries out several routing statements in one step: every loop sees either all of them or
    /// none.
    ///
    /// @throws StatementException when one is refused; nothing has changed
    void executeTogether(List<Statement.Routing> statements) throws StatementException;
}
