package org.vnetp.macrobench.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where programs run that talk over a fabric: a guest, or on the native fabric the host itself.
public interface Endpoint {
    /// The name that `hostname` prints there and that resolves in all endpoints of the same fabric,
    /// `a-vnetp` for the guest of host `a`; unique in a testbed.
    String hostName();

    /// The index of the host it belongs to, which is also its index in [Fabric#endpoints].
    int hostIndex();

    /// Its IPv4 address on this fabric.
    String address();

    /// Its IPv6 address on this fabric, empty where it has none.
    String address6();

    /// The interface that carries those addresses.
    String interfaceName();

    /// The MTU of that interface in bytes.
    int mtu();

    /// A process that will run `command` at this endpoint. The caller starts and ends it; its
    /// standard streams and exit code are the command's own.
    ProcessBuilder command(List<String> command);

    default ProcessBuilder command(String... command) {
        return command(List.of(command));
    }

    /// A process that will run `command` at this endpoint for as long as the standard input of the
    /// process here stays open; the command's own is empty. Where the endpoint is on another machine,
    /// a signal to the process here does not reach the command, but its end or ours does.
    default ProcessBuilder tethered(List<String> command) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" < /dev/null", "sh"));
        words.addAll(command);
        return command(words);
    }

    /// Whether the processes here are those of the commands: then signals reach these, and CPU time
    /// is theirs. On another machine, it is a connection's.
    default boolean here() {
        return true;
    }

    /// The first of these that is not there: names of programs, or of files with their whole path.
    default Optional<String> lacks(List<String> programs) {
        return programs.stream().filter(program -> !Machine.has(program)).findFirst();
    }
}
