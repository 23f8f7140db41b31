package org.vnetp.overlay.control;

/// A statement that was refused. Nothing has changed. The message names the token, what was
/// expected and, where the statement came from a file or a stream, the line.
public final class StatementException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;
    private final int position;

    public StatementException(String message) {
        this(0, message);
    }

    /// @param line counted from 1; 0 when the statement came from no numbered text
    public StatementException(int line, String message) {
        this(line, 0, line > 0 ? "line " + line + ": " + message : message);
    }

    private StatementException(int line, int position, String message) {
        super(message);
        this.line = line;
        this.position = position;
    }

    /// The line, counted from 1, or 0.
    public int line() {
        return line;
    }

    /// Which of several statements carried out together was refused, counted from 0.
    public int position() {
        return position;
    }

    StatementException ofMany(int index) {
        return (StatementException) new StatementException(line, index, getMessage()).initCause(getCause());
    }

    StatementException at(int lineNumber) {
        if (line > 0 || lineNumber <= 0) {
            return this;
        }
        return (StatementException) new StatementException(lineNumber, getMessage()).initCause(getCause());
    }
}
