package org.vnetp.macrobench.guest;

/// The clients of a [GuestAgent]: scripts of bash, which needs no other program to open a TCP connection. A command
/// so costs its caller a few milliseconds, and nothing while it runs.
///
/// Arguments, environment, working directory, the three standard streams and the exit code are the command's own. A
/// signal to the client ends the command. A guest that dies while it runs is told by exit code 125, which is also
/// that of a guest that was gone before.
public final class CommandChannel {
    /// Before a command's words: it ends when the client's standard input does, and its own is empty.
    public static final String TETHERED = "--tethered";

    /// The exit code of a client whose guest is not there.
    public static final int GONE = 125;

    private CommandChannel() {}

    /// `bash SCRIPT GUEST ADDRESS PORT SECRET-FILE PID START [--tethered] COMMAND...`
    ///
    /// PID and START are the guest's process and its start in clock ticks, as `/proc/PID/stat` tells it; `-` where
    /// the client runs in another guest, which does not see them.
    public static final String CLIENT = """
            #!/bin/bash
            # Runs a command in a guest: a client of GuestAgent.
            guest=$1 address=$2 port=$3 secret=$(<"$4") pid=$5 start=$6
            shift 6
            tethered=
            [ "$1" != --tethered ] || { tethered=1; shift; }
            lost() { echo "$guest: $1" >&2; exit 125; }
            alive() {
                [ "$pid" != - ] || return 0
                local s f
                read -r s < "/proc/$pid/stat" || return 1
                f=(${s##*) })
                [ "${f[19]}" = "$start" ] && [ "${f[0]}" != Z ]
            } 2> /dev/null
            [ $# -gt 0 ] || { echo "expected a command" >&2; exit 2; }
            alive || lost "this endpoint is gone"
            token=$$-$RANDOM-$RANDOM-$EPOCHREALTIME
            at=/dev/tcp/$address/$port
            refused="does not take commands at $address port $port"
            { exec 3<> $at 4<> $at 5<> $at 6<> $at; } 2> /dev/null || lost "$refused"
            # Who does not know the secret is hung up on, maybe before all is said.
            trap 'lost "$refused"' PIPE
            printf '%s in %s\\n' "$secret" "$token" >&4
            printf '%s out %s\\n' "$secret" "$token" >&5
            printf '%s err %s\\n' "$secret" "$token" >&6
            {
                printf '%s run %s\\n' "$secret" "$token"
                printf '%s\\0' "$PWD" $# "$@"
                env -0
                printf '\\0'
            } >&3
            trap - PIPE
            exec 7<&0
            cat <&5 3>&- 4>&- 6>&- 7>&- & out=$!
            cat <&6 >&2 3>&- 4>&- 5>&- 7>&- & err=$!
            if [ "$tethered" ]; then
                # The shell's own read watches: a program that outlived the shell would keep the connection open.
                { while read -r _ <&7; do :; done; echo end >&3; } > /dev/null 2>&1 4>&- 5>&- 6>&- & in=$!
            else
                cat <&7 >&4 2> /dev/null 3>&- 5>&- 6>&- & in=$!
            fi
            exec 4>&- 5>&- 6>&- 7<&- < /dev/null
            trap 'kill $in 2> /dev/null' EXIT
            while :; do
                read -r -t 1 word code <&3
                ended=$?
                [ $ended -ne 0 ] || break
                [ $ended -gt 128 ] && alive || { kill $out $err 2> /dev/null; lost "the guest ended while a command ran"; }
            done
            wait $out $err
            exit "$code"
            """;
}
