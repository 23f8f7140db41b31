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

/// What overlay-impl/README.md copies from the code is what the code says. With `-Dvnetp.write=true` it is copied.
class OperatorsPageInStepTest {
    private static final String STEP =
            "overlay-impl/README.md; to mend: ./mvnw test -pl overlay-impl -Dtest=OperatorsPageInStepTest -Dvnetp.write=true";
    private static final Path PAGE = Path.of("README.md");

    private static String page() throws IOException {
        return Files.readString(PAGE);
    }

    private static void inStep(String expected, String said) throws IOException {
        if (Boolean.getBoolean("vnetp.write")) {
            Files.writeString(PAGE, page().replace(said, expected));
            return;
        }
        assertEquals(expected, said, STEP);
    }

    private static String between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        assertTrue(from >= 0, begin);
        int start = from + begin.length();
        return text.substring(start, text.indexOf(end, start));
    }

    @Test
    void theLanguageIsThatOfHelp() throws IOException {
        inStep(Language.reference() + "\n", between(page(), "```text reference\n", "```\n"));
    }

    @Test
    void everyDropReasonIsListed() throws IOException {
        String expected = Arrays.stream(DropReason.values())
                .map(reason -> "| `" + reason.label() + "` | " + reason.description() + " |\n")
                .collect(Collectors.joining());
        inStep(
                expected,
                between(page(), "| reason | what happened |\n|---|---|\n", "\n##")
                                .stripTrailing() + "\n");
    }
}
