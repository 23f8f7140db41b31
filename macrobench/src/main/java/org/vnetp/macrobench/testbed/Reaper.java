package org.vnetp.macrobench.testbed;

import java.io.IOException;
import java.util.List;

/// A shell that waits for this process to end, however it ends, and then removes a lab that is still there: after a
/// `kill -9` nobody else would until the next start sweeps.
///
/// It is told by the end of its standard input, the only other end of which is ours. It does what
/// [LabDirectory#remove] does, by the journal, and nothing where that was done already, where the lab was detached, or
/// where a lab of that name is another process's by now.
final class Reaper {
    private static final String SCRIPT = """
            trap '' HUP INT TERM
            cat > /dev/null
            journal="$1/journal"
            same() { read -r s < /proc/$1/stat || return 1; t=$2; set -- ${s##*) }; [ "${20}" = "$t" ]; }
            ours() { grep -qsxF "$owner" "$journal" && ! grep -qxF detached "$journal"; }
            signal() {
                while read -r what a b; do
                    case $what in
                        process) same "$a" "$b" && kill -$1 "$a" ;;
                        netns) for p in $(ip netns pids "$a"); do kill -$1 "$p"; done ;;
                    esac
                done < "$journal"
            }
            owner=$2
            ours || exit 0
            signal TERM
            sleep 1
            ours || exit 0
            signal KILL
            while read -r what a b; do
                [ "$what" != netns ] || ip netns del "$a"
            done < "$journal"
            ! ours || rm -rf "$1"
            """;

    private final Process shell;

    private Reaper(Process shell) {
        this.shell = shell;
    }

    /// Starts one for a lab of this process. It must stay reachable for as long as the lab is up.
    static Reaper watch(LabDirectory lab) {
        List<String> command = List.of(
                "setsid", "sh", "-c", SCRIPT, "vnetp-reaper", lab.directory().toString(), lab.owner());
        try {
            return new Reaper(Child.of(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start());
        } catch (IOException e) {
            throw new TestbedException("cannot start what removes a killed lab: " + e.getMessage(), e);
        }
    }

    /// The lab has been removed, or belongs to nobody from now on.
    void dismiss() {
        // Killed first: a lab of that name that this process makes next must not be taken for this one.
        shell.destroyForcibly();
        try {
            shell.getOutputStream().close();
        } catch (IOException e) {
            // It has ended, as it is to.
        }
    }
}
