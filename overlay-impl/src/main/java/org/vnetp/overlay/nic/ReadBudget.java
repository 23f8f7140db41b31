package org.vnetp.overlay.nic;

/// Told by a NIC's reader what it has taken, so that somebody can bound what waits. The reader's thread only; neither
/// method allocates or blocks.
public interface ReadBudget {
    /// Nobody counts.
    ReadBudget NONE = new ReadBudget() {
        @Override
        public void taken(int bytes) {}

        @Override
        public void empty() {}
    };

    /// A frame was read, so many bytes without its virtio_net_hdr.
    void taken(int bytes);

    /// Nothing waits.
    void empty();
}
