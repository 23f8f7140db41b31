package org.vnetp.overlay.route;

import org.vnetp.overlay.route.MacPattern.Qualifier;

/// One routing rule over port ids.
///
/// @param source what the frame's source address must be
/// @param destination what the frame's destination address must be
/// @param sourcePort the port it must come from, or [#ANY_PORT]
/// @param destinationPort the port it goes to
public record Rule(MacPattern source, MacPattern destination, int sourcePort, int destinationPort) {
    /// Frames from every port.
    public static final int ANY_PORT = -1;
    /// Port ids are below this.
    public static final int MAX_PORTS = 4096;

    /// @throws IllegalArgumentException when VNET/P gives the pair of qualifiers no priority, or a
    ///     port id is out of range
    public Rule {
        if (priority(source.qualifier(), destination.qualifier()) == 0) {
            throw new IllegalArgumentException("no priority for source " + source + " with destination " + destination
                    + ": 'none' is a destination for an exact source only, and 'not-' stands on one side only");
        }
        if (destinationPort < 0 || destinationPort >= MAX_PORTS || sourcePort < ANY_PORT || sourcePort >= MAX_PORTS) {
            throw new IllegalArgumentException("ports " + sourcePort + " > " + destinationPort);
        }
    }

    /// VNET/P's priority (Release 1.3): the highest that matches a frame wins, and every rule
    /// that has it fires.
    public int priority() {
        return priority(source.qualifier(), destination.qualifier());
    }

    /// The priority of a pair of qualifiers; 0 when VNET/P has none for it.
    public static int priority(Qualifier source, Qualifier destination) {
        return switch (source) {
            case EXACT ->
                switch (destination) {
                    case EXACT -> 8;
                    case NOT -> 7;
                    case ANY -> 6;
                    case NONE -> 4;
                };
            case NOT ->
                switch (destination) {
                    case EXACT -> 7;
                    case ANY -> 5;
                    case NOT, NONE -> 0;
                };
            case ANY ->
                switch (destination) {
                    case EXACT -> 6;
                    case NOT -> 5;
                    case ANY -> 3;
                    case NONE -> 0;
                };
            case NONE -> 0;
        };
    }
}
