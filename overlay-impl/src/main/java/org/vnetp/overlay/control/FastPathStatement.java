package org.vnetp.overlay.control;

/// `fastpath`: whether the kernel may carry flows of NICs that have the fast path.
public record FastPathStatement(boolean on) implements Statement {
    static final Syntax SYNTAX = Syntax.of(
                    "fastpath",
                    "whether the kernel may carry flows",
                    Form.of("on").makes(_ -> new FastPathStatement(true)),
                    Form.of("off").makes(_ -> new FastPathStatement(false)))
            .notes("Of NICs that were made with 'fastpath'; on unless told. off takes all flows back at once.");

    @Override
    public void apply(ConfigEditor config) {
        config.fastPath(on);
    }

    @Override
    public void carryOut(Works works, NodeConfig before, NodeConfig after) {
        works.actuator().fastPath(on);
    }
}
