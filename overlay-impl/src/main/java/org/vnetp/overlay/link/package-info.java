/// The network's side of a node: a link carries datagrams to and from one other node.
///
/// [org.vnetp.overlay.link.UdpLink] is a UDP socket with segmentation offload both ways,
/// [org.vnetp.overlay.link.UcxLink] a worker of UCX for interconnects that carry messages,
/// [org.vnetp.overlay.link.InMemoryLink] a pair of queues for tests,
/// [org.vnetp.overlay.link.Impairments] loses, repeats, reorders and corrupts by a seed. A link
/// object belongs to one loop. Slices given to a link stay the caller's and must keep their bytes
/// until the next flush.
package org.vnetp.overlay.link;
