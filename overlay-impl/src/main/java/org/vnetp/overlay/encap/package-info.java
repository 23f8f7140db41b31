/// Wire formats: frames to datagrams and back.
///
/// An [org.vnetp.overlay.encap.Encapsulator] cuts or bundles frames into datagrams, described as
/// trains of slices to a [org.vnetp.overlay.encap.DatagramSink]; a
/// [org.vnetp.overlay.encap.Decapsulator] gets received datagrams and hands out frames. `vnet` is
/// this project's own format (superframes whole), `vxlan` is RFC 7348. Both sides belong to one
/// link and one loop. No payload byte is copied on the straight path: slices point into the slabs
/// of the NIC or the link.
package org.vnetp.overlay.encap;
