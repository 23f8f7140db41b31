package org.vnetp.macrobench.testbed;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How hosts are spread over sites, and the line between the sites.
///
/// @param count   sites: 1, or 2 with a line between
/// @param rate    of the line, each way
/// @param delayNs of the line, each way
public record Sites(int count, LinkRate rate, long delayNs) {
    /// All hosts at one switch.
    public static final Sites ONE = new Sites(1, LinkRate.NONE, 0);

    static final String DEFAULT_WAN = "200mbit,20ms";

    private static final int MOST = 2;
    private static final Pattern TEXT = Pattern.compile("([^,]+),([0-9]{1,6})(us|ms)");
    private static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(1);

    public Sites {
        if (count < 1 || count > MOST) {
            throw new IllegalArgumentException("sites: expected 1 or " + MOST + ", got " + count);
        }
        if (delayNs < 0 || delayNs > LONGEST_NS) {
            throw new IllegalArgumentException("wan: expected a delay of 0 to 1000 ms, got " + delayNs / 1e6 + " ms");
        }
    }

    /// Reads what an operator says.
    ///
    /// @param wan RATE,DELAY such as `200mbit,20ms`, or null for that
    /// @throws IllegalArgumentException saying what was expected
    static Sites parse(int count, String wan) {
        if (count == 1) {
            if (wan != null) {
                throw new IllegalArgumentException("--wan " + wan + ": expected --sites " + MOST
                        + " too, as there is a line between two sites only");
            }
            return ONE;
        }
        String text = wan == null ? DEFAULT_WAN : wan;
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "--wan '" + text + "': expected RATE,DELAY such as " + DEFAULT_WAN + ", none,500us");
        }
        TimeUnit unit = matcher.group(3).equals("us") ? TimeUnit.MICROSECONDS : TimeUnit.MILLISECONDS;
        return new Sites(count, LinkRate.parse(matcher.group(1)), unit.toNanos(Long.parseLong(matcher.group(2))));
    }

    /// Which site a host is at, from 0: the first ones at the first.
    public int of(int host, int hosts) {
        return host * count / hosts;
    }

    /// Whether hosts are at more than one.
    public boolean many() {
        return count > 1;
    }

    /// RATE,DELAY as [#parse] reads it.
    String wan() {
        boolean whole = delayNs % TimeUnit.MILLISECONDS.toNanos(1) == 0;
        return rate + ","
                + (whole
                        ? TimeUnit.NANOSECONDS.toMillis(delayNs) + "ms"
                        : TimeUnit.NANOSECONDS.toMicros(delayNs) + "us");
    }

    @Override
    public String toString() {
        return many() ? String.format(Locale.ROOT, "%d sites, %s between", count, wan()) : "one site";
    }
}
