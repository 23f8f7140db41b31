/// The other side of vhost-user in Java: a frontend with memory of its own and a guest's virtio-net driver
/// in it, without a virtual machine. For tests, benchmarks and the table of exits; nodes do not use it.
///
/// [org.vnetp.overlay.vhost.frontend.VhostFrontend] speaks the protocol, in QEMU's order unless told
/// otherwise; [org.vnetp.overlay.vhost.frontend.DriverRing] is the driver's side of a ring. One thread's.
package org.vnetp.overlay.vhost.frontend;
