package org.vnetp.nas.kernel;

/// The sizes of the specification, smallest first. What a class means is each kernel's own table.
public enum ProblemClass {
    S,
    W,
    A,
    B,
    C,
    D,
    E,
    F;

    /// The class of that letter, in either case.
    ///
    /// @throws IllegalArgumentException naming the classes there are
    public static ProblemClass of(String letter) {
        for (ProblemClass c : values()) {
            if (c.name().equalsIgnoreCase(letter)) {
                return c;
            }
        }
        throw new IllegalArgumentException("Unknown problem class '" + letter + "': expected S, W, A, B, C, D, E or F");
    }
}
