package org.vnetp.overlay.control;

/// A statement that was refused. Nothing has changed. The message names the token, what was expected and, where the
/// statement
/// came from a file or a stream, the line.
public final class StatementException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;

    public StatementException(String message) {
        this(0, message);
    }

    /// @param line counted from 1; 0 when the statement came from no numbered text
    public StatementException(int line, String message) {
        super(line > 0 ? "line " + line + ": " + message : message);
        this.line = line;
    }

    /// The line, counted from 1, or 0.
    public int line() {
        return line;
    }

    StatementException at(int lineNumber) {
        return line > 0 || lineNumber <= 0 ? this : new StatementException(lineNumber, getMessage());
    }
}
