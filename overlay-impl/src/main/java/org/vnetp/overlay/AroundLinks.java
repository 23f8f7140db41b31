package org.vnetp.overlay;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// What links ask of their node.
///
/// @param clock     monotonic, nanoseconds
/// @param timeNs    nanoseconds since 1970; must not go back while the process lives
/// @param attention told by a loop that a path takes more or less than was thought; must not wait
/// @param keysDue   asks for a call of [Links#attendKeys]; must not wait
/// @param log       takes a line about what an operator should know
record AroundLinks(
        Loops loops,
        LongSupplier clock,
        LongSupplier timeNs,
        Runnable attention,
        Runnable keysDue,
        Consumer<String> log) {}
