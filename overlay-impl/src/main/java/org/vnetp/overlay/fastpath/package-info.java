/// The kernel's fast path: known flows of the `vxlan` format travel between guest and underlay by eBPF programs that
/// the node writes and loads, without a system call, a copy or a wake-up of the node.
///
/// A NIC with `fastpath` is a veth pair whose guest's end is in the guest's namespace. At the host's end a program
/// handles frames of known flows and hands all others to the node's TAP; what the node writes there goes to the
/// guest. The node keeps its whole work: it decides about the first frame of every flow, carries what the programs
/// leave to it, changes routes, and counts, the kernel's frames included.
///
/// [org.vnetp.overlay.fastpath.FastPath] owns maps and programs, [org.vnetp.overlay.fastpath.Programs] is the way of
/// a frame, [org.vnetp.overlay.fastpath.FlowOffers] fills the maps from the loops.
package org.vnetp.overlay.fastpath;
