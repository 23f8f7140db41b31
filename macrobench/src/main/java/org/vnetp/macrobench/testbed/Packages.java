package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// The Debian packages of what commands need of the system. The launcher, which must work before there is a JDK, reads
/// the same list (the file `packages` beside this class).
public final class Packages {
    private static final Map<String, String> BY_SIGN = read();

    private Packages() {}

    private static Map<String, String> read() {
        Map<String, String> all = new TreeMap<>();
        try (InputStream in = Packages.class.getResourceAsStream("packages")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                all.put(words[2], words[1]);
            });
        } catch (IOException e) {
            throw new UncheckedIOException("our own resource", e);
        }
        return all;
    }

    /// The package that has a program, a file or a library, as the list names it.
    ///
    /// @throws IllegalArgumentException where the list does not name it
    public static String of(String sign) {
        String found = BY_SIGN.get(sign);
        if (found == null) {
            throw new IllegalArgumentException("'" + sign + "': the list of packages does not name it");
        }
        return found;
    }
}
