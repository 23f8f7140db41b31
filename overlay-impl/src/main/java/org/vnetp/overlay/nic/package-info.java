/// The guest's side of a node: a virtual NIC is read for frames that the guest sends, and written with frames for the
/// guest.
///
/// [org.vnetp.overlay.nic.TapNic] is a TAP device, [org.vnetp.overlay.nic.InMemoryNic] a pair of
/// queues for tests. A NIC has one or more queues; each queue is used by one loop. The caller owns
/// all buffers.
package org.vnetp.overlay.nic;
