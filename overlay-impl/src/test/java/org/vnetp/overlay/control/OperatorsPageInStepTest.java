package org.vnetp.overlay.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.vnetp.overlay.stats.DropReason;

/// What overlay-impl/README.md copies from the code is what the code says.
class OperatorsPageInStepTest {
    private static final String STEP = "copy what is expected into overlay-impl/README.md";

    private static String page() throws IOException {
        return Files.readString(Path.of("README.md"));
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        assertTrue(from >= 0, begin);
        int start = from + begin.length();
        return text.substring(start, text.indexOf(end, start));
    }

    @Test
    void theLanguageIsThatOfHelp() throws IOException {
        assertEquals(Language.reference() + "\n", between(page(), "```text reference\n", "```\n"), STEP);
    }

    @Test
    void everyDropReasonIsListed() throws IOException {
        String expected = Arrays.stream(DropReason.values())
                .map(reason -> "| `" + reason.label() + "` | " + reason.description() + " |\n")
                .collect(Collectors.joining());
        assertEquals(
                expected,
                between(page(), "| reason | what happened |\n|---|---|\n", "\n##")
                                .stripTrailing() + "\n",
                STEP);
    }
}
