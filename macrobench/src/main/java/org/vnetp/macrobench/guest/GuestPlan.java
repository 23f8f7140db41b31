package org.vnetp.macrobench.guest;

import java.nio.file.Path;
import java.util.List;

/// How a guest that is a virtual machine is started: its process, and what its first process does.
///
/// A guest has this machine's files as its root, one virtual CPU, a NIC for commands ([#CONTROL]) and the one that is
/// measured ([#NIC]). It keeps no state: its end, however it comes, leaves nothing but what its programs wrote into
/// files.
public interface GuestPlan {
    /// The TAP of this name must be there where the guest is started; it carries commands and nothing else.
    String CONTROL = "ctl0";

    /// Addresses of the control network's two ends (link-local, RFC 3927), which is this guest's alone.
    String CONTROL_HERE = "169.254.77.1";

    String CONTROL_GUEST = "169.254.77.2";
    int CONTROL_PREFIX = 30;

    /// Where agents listen.
    int AGENT_PORT = 7077;

    /// The name of the measured NIC in the guest.
    String NIC = "eth0";

    /// How the measured NIC reaches the world.
    sealed interface Nic {
        /// By virtio, its rings served by who listens at a Unix socket (vhost-user).
        ///
        /// @param mac the NIC's address in the guest
        record VhostUser(Path socket, String mac) implements Nic {}

        /// By a TAP that is there where the guest is started.
        ///
        /// @param mac the NIC's address in the guest
        record Tap(String device, String mac) implements Nic {}
    }

    /// The guest's host name.
    String name();

    /// For its files; exists and is its own.
    Path directory();

    /// Its process. What it prints is the guest's console.
    List<String> command();

    /// What [#initFile] holds: a program that brings the guest up and starts its [GuestAgent].
    String init();

    /// Where [#init] has to be written, as a program.
    default Path initFile() {
        return directory().resolve("init");
    }
}
