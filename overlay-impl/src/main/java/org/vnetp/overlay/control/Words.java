package org.vnetp.overlay.control;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vnetp.overlay.frame.MacAddress;
import org.vnetp.overlay.route.MacPattern;

/// The words of one line, read from the left. Every refusal names the word and what was expected in its place.
final class Words {
    private final String[] words;
    private int next;

    Words(String line) {
        words = line.split("\\s+");
    }

    boolean more() {
        return next < words.length;
    }

    /// How many words are left.
    int left() {
        return words.length - next;
    }

    String peek(String expected) throws StatementException {
        if (!more()) {
            throw refused("", expected);
        }
        return words[next];
    }

    String take(String expected) throws StatementException {
        String word = peek(expected);
        next++;
        return word;
    }

    /// @throws StatementException when words are left
    void end() throws StatementException {
        if (more()) {
            throw refused(words[next], "the end of the line");
        }
    }

    static StatementException refused(String word, String expected) {
        return new StatementException((word.isEmpty() ? "the statement ends too early" : "'" + printable(word) + "'")
                + ": expected " + expected);
    }

    static String printable(String word) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(word.length(), 64); i++) {
            char c = word.charAt(i);
            text.append(c < 0x20 || c >= 0x7F && c < 0xA0 || Character.isSurrogate(c) ? '?' : c);
        }
        return word.length() > 64 ? text.append("...").toString() : text.toString();
    }

    /// `a, b or c`.
    static String listed(List<String> words) {
        return words.size() < 2
                ? String.join("", words)
                : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
    }

    // --- values ---

    <E extends Enum<E>> E oneOf(E[] values) throws StatementException {
        String expected = labels(values);
        String word = take(expected);
        return Arrays.stream(values)
                .filter(value -> label(value).equals(word))
                .findFirst()
                .orElseThrow(() -> refused(word, expected));
    }

    static <E extends Enum<E>> String label(E value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> String labels(E[] values) {
        List<String> labels = new ArrayList<>();
        Arrays.stream(values).forEach(value -> labels.add(label(value)));
        return listed(labels);
    }

    static String expectedName(String what, int longest) {
        return what + ": a letter or digit, then letters, digits, '.', '_' or '-', at most " + longest
                + ", and not add or del";
    }

    String name(String what, int longest) throws StatementException {
        String expected = expectedName(what, longest);
        String word = take(expected);
        if (!isName(word, longest) || word.equals("add") || word.equals("del")) {
            throw refused(word, expected);
        }
        return word;
    }

    static boolean isName(String word, int longest) {
        if (word.isEmpty() || word.length() > longest) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            boolean alphanumeric = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!alphanumeric && (i == 0 || c != '.' && c != '_' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    static boolean isIndex(String word) {
        return !word.isEmpty() && word.length() <= 10 && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    static String expectedNumber(String what, long least, long most) {
        return what + ", " + least + ".." + most;
    }

    long number(String what, long least, long most) throws StatementException {
        String expected = expectedNumber(what, least, most);
        String word = take(expected);
        long value = digits(word);
        if (value < least || value > most) {
            throw refused(word, expected);
        }
        return value;
    }

    private static long digits(String word) {
        if (word.isEmpty() || word.length() > 18) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    static String expectedDuration(String what, long leastNs, long mostNs) {
        return what + " with unit ns, us, ms or s, " + Durations.format(leastNs) + ".." + Durations.format(mostNs);
    }

    long duration(String what, long leastNs, long mostNs) throws StatementException {
        String expected = expectedDuration(what, leastNs, mostNs);
        String word = take(expected);
        int end = 0;
        while (end < word.length() && word.charAt(end) >= '0' && word.charAt(end) <= '9') {
            end++;
        }
        long factor = switch (word.substring(end)) {
            case "ns" -> 1;
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000;
            default -> 0;
        };
        long count = digits(word.substring(0, end));
        if (factor == 0 || count < 0 || count > mostNs / factor || count * factor < leastNs) {
            throw refused(word, expected);
        }
        return count * factor;
    }

    MacPattern mac(String what) throws StatementException {
        String expected = what + " as 02:00:00:00:00:01, not-MAC, any or none";
        String word = take(expected);
        return pattern(word).orElseThrow(() -> refused(word, expected));
    }

    static Optional<MacPattern> pattern(String word) {
        if (word.equals("any")) {
            return Optional.of(MacPattern.ANY);
        }
        if (word.equals("none")) {
            return Optional.of(MacPattern.NONE);
        }
        boolean not = word.startsWith("not-");
        try {
            long mac = MacAddress.parse(not ? word.substring(4) : word);
            return Optional.of(not ? MacPattern.not(mac) : MacPattern.exact(mac));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// @param wildcard whether 0.0.0.0 and [::] will do
    Endpoint endpoint(String expected, boolean wildcard) throws StatementException {
        String word = take(expected);
        int colon = word.lastIndexOf(':');
        if (colon <= 0) {
            throw refused(word, expected);
        }
        String host = word.substring(0, colon);
        long port = digits(word.substring(colon + 1));
        if (port < 1 || port > 65535) {
            throw refused(word, expected + ", with a port 1..65535");
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (host.indexOf(':') < 0) {
                throw refused(word, expected);
            }
        } else if (host.indexOf(':') >= 0) {
            throw refused(word, expected + " or [fd00::2]:4789");
        }
        return new Endpoint(literal(host, wildcard, word, expected), (int) port);
    }

    static boolean looksLikeAddress(String word) {
        return word.indexOf('.') > 0
                || word.indexOf(':') >= 0
                        && word.indexOf(':') != 2
                        && pattern(word).isEmpty()
                        && !word.startsWith("not-");
    }

    InetAddress address(String expected) throws StatementException {
        String word = take(expected);
        return literal(word, false, word, expected);
    }

    /// Dotted quads and IPv6 only: no names to resolve, no scopes, no short forms of IPv4.
    private static InetAddress literal(String text, boolean wildcard, String word, String expected)
            throws StatementException {
        boolean six = text.indexOf(':') >= 0;
        if (!six && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            throw refused(word, expected);
        }
        int percent = text.indexOf('%');
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(percent < 0 ? text : text.substring(0, percent));
        } catch (IllegalArgumentException e) {
            throw refused(word, expected);
        }
        if (percent >= 0 || six && address.isLinkLocalAddress()) {
            throw refused(
                    word,
                    expected
                            + ", with a global or unique local address: a link-local one needs a scope (the %interface),"
                            + " which statements do not take");
        }
        if (address.isMulticastAddress() || address.isAnyLocalAddress() && !wildcard) {
            throw refused(word, expected);
        }
        return address;
    }
}
