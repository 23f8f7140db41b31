package org.vnetp.macrobench.testbed;

import java.util.Locale;

/// The addresses of a lab. Labs do not see each other, so all of them use the same ones.
///
/// Network 0 is the one between the hosts, each guest network has its own number.
final class Addresses {
    static final int PREFIX_LENGTH = 24;
    static final int PREFIX_LENGTH_6 = 64;

    private Addresses() {}

    static String ipv4(int network, int host) {
        return "10.77." + network + "." + (host + 1);
    }

    static String ipv6(int network, int host) {
        return "fd77:6e65:7470:" + Integer.toHexString(network) + "::" + Integer.toHexString(host + 1);
    }

    static String subnet4(int network) {
        return "10.77." + network + ".0/" + PREFIX_LENGTH;
    }

    static String subnet6(int network) {
        return "fd77:6e65:7470:" + Integer.toHexString(network) + "::/" + PREFIX_LENGTH_6;
    }

    /// A locally administered MAC address.
    static String mac(int network, int host) {
        return String.format(Locale.ROOT, "02:76:6e:%02x:00:%02x", network, host + 1);
    }

    /// What a host's guest can be called by on every fabric: `guest-1`, ...
    static String guestName(int host) {
        return "guest-" + (host + 1);
    }

    /// `a`, ..., `z`, `aa`, ...
    static String hostName(int host) {
        String last = String.valueOf((char) ('a' + host % 26));
        return host < 26 ? last : (char) ('a' + host / 26 - 1) + last;
    }
}
