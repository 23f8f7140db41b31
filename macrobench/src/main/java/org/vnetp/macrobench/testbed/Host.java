package org.vnetp.macrobench.testbed;

import java.util.List;

/// A machine of a testbed: a namespace or a machine reached by ssh.
public interface Host {
    /// The host's own name, `a` for the first namespace.
    String name();

    int index();

    /// Its IPv4 address on the network between the hosts.
    String address();

    /// The interface that carries that address.
    String interfaceName();

    /// A process that will run `command` on this host. The caller starts and ends it; its standard
    /// streams, working directory (where this machine has it in common with the host) and exit code
    /// are the command's own.
    ProcessBuilder command(List<String> command);
}
