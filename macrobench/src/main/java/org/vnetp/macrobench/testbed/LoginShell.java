package org.vnetp.macrobench.testbed;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/// What ssh hands a command to: the login shell of the user there, which may be any and whose start-up
/// files may print.
///
/// Shells agree on little. So a script of ours travels as words of letters, digits and octal numbers, in
/// one line that sh, bash, zsh, ksh, csh, tcsh and fish read alike and that lets `/bin/sh` put the script
/// together and run it. The first thing that it prints is a mark; what came before it is the start-up
/// files' and no answer.
final class LoginShell {
    /// The exit code of [#listening] where the command was not run; like a shell's 126, hardly a program's own.
    static final int UNHEARD = 125;

    private static final String LINE = "exec /bin/sh -c 'eval \"$(IFS=; printf %b \"$*\")\"' vnetp";

    /// Characters that no shell takes for anything else inside single quotes, and `printf %b` neither.
    private static final String PLAIN = "/._,:=+@-";

    /// Classical csh refuses words of a thousand characters.
    private static final int WORD = 400;

    /// In two parts, so that a shell that shows its commands does not print it whole.
    private static final String MARK = "vnetp";

    private static final String MARK_END = UUID.randomUUID().toString();

    private static final String PRELUDE =
            "printf '%s-%s\\n' " + MARK + " " + MARK_END + "; " + Child.SHELL_PRELUDE + "unset IFS; ";

    /// Runs ssh and gives on what comes behind the mark, with ssh's exit code. Where there is no mark, what
    /// came instead goes to standard error.
    private static final String LISTEN = String.format(Locale.ROOT, """
            mark=$1 target=$2
            shift 2
            hear() {
                said=
                while IFS= read -r line || [ -n "$line" ]; do
                    case $line in *"$mark") exec cat ;; esac
                    said="$said $line"
                done
                [ -z "$said" ] || echo "$target printed instead of running the command:$said" >&2
                exit 3
            }
            heard=1
            { code=$({ { "$@" 3>&- 4>&-; echo $? >&4; } | { hear >&3 3>&- 4>&-; }; } 4>&1) || heard=; } 3>&1
            [ -n "$heard" ] || [ "${code:-0}" != 0 ] || code=%d
            exit ${code:-1}
            """, UNHEARD);

    /// The same as [#line] as a function of a shell script: `line TEXT` prints it. The text may be longer,
    /// as it is not ours, but nothing reads its answers, so it has no mark.
    static final String LINE_FUNCTION = "line() {\n    printf '%s' \"" + escaped(LINE) + "\"\n"
            + "    printf '%s' \"" + escaped(Child.SHELL_PRELUDE) + "${" + Fabric.AGENT_FIRST
            + "-}$1\" | od -An -v -to1 |"
            + " sed \"s/ \\{1,\\}/\\\\\\\\0/g; s/.*/ '&'/\" | tr -d '\\n'\n}\n";

    private LoginShell() {}

    /// The line that lets any login shell run a script of `/bin/sh`, under our locale and with the system's
    /// programs.
    static String line(String script) {
        StringBuilder line = new StringBuilder(LINE).append(" '");
        int from = line.length();
        for (byte each : (PRELUDE + script).getBytes(StandardCharsets.UTF_8)) {
            if (line.length() - from >= WORD) {
                line.append("' '");
                from = line.length();
            }
            char c = (char) (each & 0xff);
            if (c < 0x80 && Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0) {
                line.append(c);
            } else {
                line.append(String.format(Locale.ROOT, "\\0%03o", (int) c));
            }
        }
        return line.append("'").toString();
    }

    /// The command that runs ssh with such a line and prints what the script there prints, and nothing else.
    static List<String> listening(String target, List<String> ssh) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", LISTEN, "sh", MARK + "-" + MARK_END, target));
        all.addAll(ssh);
        return all;
    }

    private static String escaped(String text) {
        return text.replaceAll("[\\\\\"$`]", "\\\\$0");
    }
}
