package org.vnetp.macrobench.testbed;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rate of every link of a testbed, or [#NONE] for links that are not shaped.
///
/// @param bitsPerSecond the rate on the wire in bit/s, 0 for none
public record LinkRate(long bitsPerSecond) {
    /// Not shaped: as fast as the machine can carry frames from one namespace to the next.
    public static final LinkRate NONE = new LinkRate(0);

    public static final LinkRate GBIT_1 = new LinkRate(1_000_000_000L);
    public static final LinkRate GBIT_10 = new LinkRate(10_000_000_000L);

    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,5})(k|m|g)bit");
    private static final long MIB = 1 << 20;

    public LinkRate {
        if (bitsPerSecond < 0) {
            throw new IllegalArgumentException("link rate must not be negative: " + bitsPerSecond);
        }
    }

    /// Reads `none`, `1gbit`, `10gbit`, `250mbit`.
    public static LinkRate parse(String text) {
        if (text.equals("none")) {
            return NONE;
        }
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "link rate: expected none, 1gbit, 10gbit or another <number>(k|m|g)bit, got '" + text + "'");
        }
        long unit = switch (matcher.group(2)) {
            case "k" -> 1_000L;
            case "m" -> 1_000_000L;
            default -> 1_000_000_000L;
        };
        return new LinkRate(Long.parseLong(matcher.group(1)) * unit);
    }

    public boolean shaped() {
        return bitsPerSecond != 0;
    }

    /// The token bucket in bytes: about one millisecond of the link, so that native TCP reaches the
    /// rate. At least one superframe, which would otherwise be cut into single frames by the
    /// shaper.
    long burstBytes() {
        return Math.clamp(MIB / 8 * (bitsPerSecond / 1_000_000) / 1_000, 80 << 10, 4 * MIB);
    }

    /// The queue in bytes, about eight milliseconds of the link.
    long limitBytes() {
        return Math.clamp(MIB * (bitsPerSecond / 1_000_000) / 1_000, MIB, 8 * MIB);
    }

    /// The text that [#parse] reads.
    @Override
    public String toString() {
        if (bitsPerSecond == 0) {
            return "none";
        }
        if (bitsPerSecond % 1_000_000_000 == 0) {
            return bitsPerSecond / 1_000_000_000 + "gbit";
        }
        return bitsPerSecond % 1_000_000 == 0 ? bitsPerSecond / 1_000_000 + "mbit" : bitsPerSecond / 1_000 + "kbit";
    }
}
