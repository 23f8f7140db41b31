/// Virtual machines as guests: how they are started, what their first process does, and the way in for commands.
///
/// A guest is a process of this machine that has the machine's files as its root, so the host's own programs run in
/// it. A [GuestPlan] says how it is started, [UserModeLinux] or [Qemu]; in it a [GuestAgent] runs commands for those
/// who can reach it over TCP and know its secret; [CommandChannel] is their side, a script. The channel has a NIC of
/// its own, so that nothing of it crosses what is measured.
///
/// Knows nothing of testbeds, hosts and fabrics: [org.vnetp.macrobench.testbed] puts guests into them.
package org.vnetp.macrobench.guest;
