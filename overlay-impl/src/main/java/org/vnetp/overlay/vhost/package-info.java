/// The device's side of vhost-user: a virtual machine monitor (the frontend) hands over a guest's memory
/// and rings, and this process (the backend) serves them in place.
///
/// [org.vnetp.overlay.vhost.VhostDevice] is a guest's NIC: it takes the messages of one connection after
/// the other and knows which rings run. [org.vnetp.overlay.vhost.GuestMemory] is what the guest shares,
/// checked once; [org.vnetp.overlay.vhost.SplitRing] and [org.vnetp.overlay.vhost.PackedRing] are the rings
/// (virtio 1.2, 2.7 and 2.8); [org.vnetp.overlay.vhost.SendRing] and [org.vnetp.overlay.vhost.ReceiveRing]
/// are frames in them. Knows nothing of nodes.
///
/// **Threads:** messages are one thread's. A running ring belongs to a loop; it is given and taken by
/// commands that loops run between two rounds ([org.vnetp.overlay.vhost.VhostDevice.Loops]), so that
/// nothing is unmapped that a loop still reads.
///
/// **Trust:** none. Whatever the guest can change is read once and checked before it is used; whoever
/// breaks the rules stops their own ring.
package org.vnetp.overlay.vhost;
