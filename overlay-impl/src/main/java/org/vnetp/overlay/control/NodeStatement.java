package org.vnetp.overlay.control;

/// `node`: what the node is called.
///
/// @param name at most 32 characters
public record NodeStatement(String name) implements Statement {
    private static final int MAX_NAME = 32;
    private static final Argument<String> NAME =
            Argument.name("NAME", "a node's name", MAX_NAME, "by which ctl and metrics call it");

    static final Syntax SYNTAX = Syntax.of(
                    "node", "names the node", Form.of(NAME).makes(said -> new NodeStatement(said.get(NAME))))
            .notes("Without it the node is called as its file, up to the first dot.");

    @Override
    public void apply(ConfigEditor config) throws StatementException {
        config.name(name);
    }
}
