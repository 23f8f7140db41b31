/// Frames in memory: accessors over bytes for the Ethernet and virtio-net headers, MAC addresses as `long`, scatter
/// lists.
///
/// A frame on its way is a 12-byte [org.vnetp.overlay.frame.VirtioNetHeader] directly before the
/// Ethernet header, in an off-heap slab that the loop owns. [org.vnetp.overlay.frame.Frame] is a
/// reused view of one; it never owns bytes. Nothing here is thread safe, nothing allocates after
/// construction.
package org.vnetp.overlay.frame;
