package org.vnetp.overlay.route;

import org.vnetp.overlay.frame.MacAddress;

/// A MAC address with VNET/P's qualifier: what a rule asks of a frame's source or destination.
///
/// @param qualifier how the address is compared
/// @param mac the address; 0 where the qualifier needs none
public record MacPattern(Qualifier qualifier, long mac) {
    /// Every address.
    public static final MacPattern ANY = new MacPattern(Qualifier.ANY, 0);
    /// The default route's destination: whatever no better rule takes.
    public static final MacPattern NONE = new MacPattern(Qualifier.NONE, 0);

    /// How a rule's address is compared with a frame's.
    public enum Qualifier {
        EXACT,
        ANY,
        NOT,
        NONE
    }

    public MacPattern {
        boolean needsMac = qualifier == Qualifier.EXACT || qualifier == Qualifier.NOT;
        if (!needsMac && mac != 0 || (mac & ~MacAddress.BROADCAST) != 0) {
            throw new IllegalArgumentException("MAC pattern " + qualifier + " with 0x" + Long.toHexString(mac));
        }
    }

    public static MacPattern exact(long mac) {
        return new MacPattern(Qualifier.EXACT, mac);
    }

    public static MacPattern not(long mac) {
        return new MacPattern(Qualifier.NOT, mac);
    }

    /// As written in a statement.
    @Override
    public String toString() {
        return switch (qualifier) {
            case EXACT -> MacAddress.format(mac);
            case NOT -> "not-" + MacAddress.format(mac);
            case ANY -> "any";
            case NONE -> "none";
        };
    }
}
