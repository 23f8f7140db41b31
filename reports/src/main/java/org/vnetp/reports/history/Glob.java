package org.vnetp.reports.history;

import java.util.regex.Pattern;

/// A pattern over names of series: `*` stands for any characters, slashes too, `?` for one; all else for
/// itself.
///
/// @param text as given
/// @param pattern what it means
public record Glob(String text, Pattern pattern) {
    public static final Glob ALL = of("*");

    /// @throws IllegalArgumentException where there is nothing, which would match nothing
    public static Glob of(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("pattern '" + text + "': expected names of series, such as nas/*");
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return new Glob(text, Pattern.compile(regex.toString(), Pattern.DOTALL));
    }

    public boolean matches(String series) {
        return pattern.matcher(series).matches();
    }
}
