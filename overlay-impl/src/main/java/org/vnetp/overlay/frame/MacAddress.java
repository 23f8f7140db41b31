package org.vnetp.overlay.frame;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// MAC addresses as the low 48 bits of a `long`; the first byte on the wire is the most significant (IEEE 802,
/// canonical form).
public final class MacAddress {
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final long GROUP_BIT = 0x0100_0000_0000L;
    private static final long LOCAL_BIT = 0x0200_0000_0000L;
    private static final int TEXT_LENGTH = 17;

    private MacAddress() {}

    /// Parses `xx:xx:xx:xx:xx:xx`.
    ///
    /// @throws IllegalArgumentException naming the text, when it is no MAC address
    public static long parse(String text) {
        if (text.length() != TEXT_LENGTH) {
            throw malformed(text);
        }
        long mac = 0;
        for (int i = 0; i < TEXT_LENGTH; i++) {
            char c = text.charAt(i);
            if (i % 3 == 2) {
                if (c != ':') {
                    throw malformed(text);
                }
            } else {
                int digit = c < 128 ? Character.digit(c, 16) : -1;
                if (digit < 0) {
                    throw malformed(text);
                }
                mac = mac << 4 | digit;
            }
        }
        return mac;
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is no MAC address: expected six hexadecimal pairs as in 02:00:00:00:00:01");
    }

    /// The text form, lower case.
    public static String format(long mac) {
        StringBuilder text = new StringBuilder(TEXT_LENGTH);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (mac >>> shift) & 0xFF;
            text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    /// The address of a NIC that was given none: the same at every start of its node, and with 46 bits of a digest
    /// (SHA-256) of the names, no other NIC's in practice. Unicast and locally administered (IEEE 802, 8.4).
    ///
    /// @param network id of the virtual network; names mean nothing outside of it
    public static long derived(int network, String node, String nic) {
        byte[] digest;
        try {
            // A zero byte is in no name, so that two pairs of names never make one text.
            digest = MessageDigest.getInstance("SHA-256")
                    .digest((network + "\0" + node + "\0" + nic).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = bits << 8 | Byte.toUnsignedLong(digest[i]);
        }
        return bits & ~GROUP_BIT | LOCAL_BIT;
    }

    /// True for broadcast and multicast addresses.
    public static boolean isGroup(long mac) {
        return (mac & GROUP_BIT) != 0;
    }
}
