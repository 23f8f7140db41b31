package org.vnetp.nas.npb;

/// What the output of one NPB run amounts to. Only [Verified] carries a figure that may enter a table.
public sealed interface NpbOutcome {

    /// The program finished and its own verification succeeded.
    record Verified(NpbResult result) implements NpbOutcome {}

    /// The program finished, but its result is wrong or was never checked.
    record Unverified(NpbResult result, String reason) implements NpbOutcome {}

    /// The program finished, but its rate cannot be read: the field overflowed, or is zero, NaN or infinite.
    record Unusable(String reason) implements NpbOutcome {}

    /// The program said what went wrong, or printed something that is no NPB result.
    record Failed(String reason) implements NpbOutcome {}

    /// The output ends before its result block is complete.
    record CutOff(String reason) implements NpbOutcome {}
}
