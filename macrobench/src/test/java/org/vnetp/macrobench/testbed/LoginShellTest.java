package org.vnetp.macrobench.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Login shells as sshd calls them, without ssh.
class LoginShellTest {
    /// All that one shell or the other takes for something of its own.
    private static final String WORD =
            "it's  $HOME ${HOME} `id` \"q\" \\ \\n !! ~ * % %s # ; & | < > ( ) { } [a-z] \t é\u0416 {a,b}";

    private static Shell.Outcome run(String shell, String startUp, String script) {
        List<String> call = List.of("sh", "-c", startUp + "exec \"$@\"", "sh", shell, "-c", LoginShell.line(script));
        return Shell.attempt(LoginShell.listening("m", call), "input\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash", "tcsh", "fish"})
    void everyShellRunsTheSame(String shell) {
        Requirements.program(shell);
        String script = "printf '%s\\n' " + Reach.quote(WORD) + " \"$LC_ALL\"; cat; echo trouble >&2; exit 7";
        Shell.Outcome outcome = run(shell, "", script);
        assertEquals(WORD + "\nC.UTF-8\ninput\n", outcome.output());
        assertEquals("trouble\n", outcome.error());
        assertEquals(7, outcome.exitCode());
    }

    /// A class path has thousands of characters; classical csh refuses words of one thousand, the kernel
    /// such of 128 KiB.
    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash", "tcsh", "fish"})
    void aLongCommandComesWhole(String shell) {
        Requirements.program(shell);
        String word = "/dépôt/a b.jar:".repeat(1_000);
        assertEquals(word, run(shell, "", "printf %s " + Reach.quote(word)).output());
        assertTrue(LoginShell.line("é x ".repeat(1_000)).lines().count() == 1);
        for (String each : LoginShell.line(word).split(" ")) {
            assertTrue(each.length() < 500, each);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "echo hello; ",
                "printf /tmp; ",
                "echo; echo vnetp; printf '%s\\n' a /b 'vnetp-'; ",
                "printf '\\200\\n'; "
            })
    void whatStartUpFilesPrintIsNoAnswer(String startUp) {
        Shell.Outcome outcome = run("sh", startUp, "printf 'a\\nb'; exit 3");
        assertEquals("a\nb", outcome.output());
        assertEquals("", outcome.error());
        assertEquals(3, outcome.exitCode());
    }

    /// As nologin does, and a shell that is none.
    @ParameterizedTest
    @CsvSource({"0, 125", "1, 1", "255, 255"})
    void aCommandThatIsNotRunIsNotTakenForAGoodOne(int shells, int ours) {
        Shell.Outcome outcome = run("sh", "echo This account is; echo not available.; exit " + shells + "; ", "true");
        assertEquals(ours, outcome.exitCode());
        assertEquals("", outcome.output());
        assertEquals("m printed instead of running the command: This account is not available.\n", outcome.error());
    }

    @Test
    void theMarkIsNotInTheCommandItself() {
        List<String> listening = LoginShell.listening("m", List.of("true"));
        String mark = listening.get(listening.indexOf("m") - 1);
        assertTrue(mark.matches("vnetp-[0-9a-f-]{36}"), mark);
        assertFalse(LoginShell.line("true").contains(mark));
    }
}
