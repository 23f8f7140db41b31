package org.vnetp.nas.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.AutoComplete;
import picocli.CommandLine;

class CommandsMainTest {
    @TempDir
    private Path directory;

    /// As the launcher gives them, but for micro, whose module this one does not see.
    private static List<String> programs() throws Exception {
        Matcher table = Pattern.compile("^    ([a-z]+)\\) echo '([a-z-]+) ([A-Za-z.]+)' ;;$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("..", "vnetp")));
        List<String> found = new ArrayList<>();
        while (table.find()) {
            if (!table.group(1).equals("micro")) {
                found.add(table.group(1) + "=" + table.group(3));
            }
        }
        assertEquals(12, found.size(), found.toString());
        return found;
    }

    private static CommandLine tree() throws Exception {
        return CommandsMain.tree(programs());
    }

    private String complete(String... words) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("bash", "-c", "true").start().waitFor(),
                "a bash is needed to ask it what it completes");
        Path script = Files.writeString(directory.resolve("completion"), AutoComplete.bash("vnetp", tree()));
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            line.append('\'').append(word).append("' ");
        }
        String asked = "source '" + script + "'; COMP_WORDS=(" + line + "); COMP_CWORD=" + (words.length - 1)
                + "; _complete_vnetp; printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder("bash", "--norc", "-c", asked)
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), said);
        return said;
    }

    @Test
    void bashCompletesCommandsAndTheirOptions() throws Exception {
        assertEquals("nas\n", complete("vnetp", "na"));
        assertEquals("completion\n", complete("vnetp", "compl"));
        assertTrue(complete("vnetp", "compare", "--in").contains("--interleaved"));
        assertTrue(complete("vnetp", "ctl", "--t").contains("--timeout"));
        assertTrue(complete("vnetp", "lab", "up", "--fa").contains("--fabric"));
        assertEquals("bash\n", complete("vnetp", "completion", "b"));
        assertTrue(complete("vnetp", "history", "accept", "--re").contains("--reason"));
    }

    @Test
    void theManualHasEveryCommandAndOptionThatHelpHas() throws Exception {
        String page = ManPage.of(tree());
        assertTrue(page.startsWith(".TH VNETP 1 "), page.substring(0, 60));
        for (String program : programs()) {
            String name = program.split("=")[0];
            assertTrue(page.contains(".SH \"VNETP " + name.toUpperCase(java.util.Locale.ROOT) + "\""), name);
            tree().getSubcommands().get(name).getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .forEach(option -> assertTrue(
                            page.contains(option.longestName().replace("-", "\\-")),
                            name + " " + option.longestName()));
        }
        // A line that begins with a dot or an apostrophe and is no request of ours would be taken for one.
        page.lines()
                .filter(line -> line.startsWith(".") || line.startsWith("'"))
                .forEach(line -> assertTrue(line.matches("\\.(TH|SH|TP|PP|B|I|nf|fi)( .*)?"), line));
    }

    @Test
    void groffHasNothingToSayAgainstTheManual() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "no groff here");
        Path page = Files.writeString(directory.resolve("vnetp.1"), ManPage.of(tree()));
        Process groff = new ProcessBuilder("groff", "-man", "-Tutf8", "-ww", "-K", "utf8", "-z", page.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, groff.waitFor(), said);
        assertEquals("", said);
    }
}
