package org.vnetp.overlay.dispatch;

/// What became of a flow that this node moved.
///
/// @param number       counts the node's moves from 1
/// @param from         the port by which it went, or -1 where that was not one
/// @param to           the port by which it goes, or was to go
/// @param state        `asking`, `moving`, `moved`, `refused`, or `set` where it went there already
/// @param why          of a refusal, or what was missing; may be empty
/// @param oldWayNs     there and back by the old way; -1: unknown, as the following
/// @param newWayNs     there and back by the new way
/// @param differenceNs how much longer frames take by the old way
/// @param heldFrames   frames that were held where the ways meet
/// @param heldNs       for how long
/// @param letGoEarly   they were let go before the old way was empty
/// @param tookNs       the whole move, so far
public record MoveReport(
        long number,
        long source,
        long destination,
        int from,
        int to,
        String state,
        String why,
        long oldWayNs,
        long newWayNs,
        long differenceNs,
        int heldFrames,
        long heldNs,
        boolean letGoEarly,
        long tookNs) {}
