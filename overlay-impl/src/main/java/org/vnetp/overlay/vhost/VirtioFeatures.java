package org.vnetp.overlay.vhost;

/// Feature bits of virtio's network device and of vhost-user (virtio 1.2, 5.1.3 and 6; QEMU's
/// docs/interop/vhost-user).
public final class VirtioFeatures {
    public static final long CSUM = 1L;
    public static final long GUEST_CSUM = 1L << 1;
    public static final long MTU = 1L << 3;
    public static final long MAC = 1L << 5;
    public static final long GUEST_TSO4 = 1L << 7;
    public static final long GUEST_TSO6 = 1L << 8;
    public static final long GUEST_ECN = 1L << 9;
    public static final long HOST_TSO4 = 1L << 11;
    public static final long HOST_TSO6 = 1L << 12;
    public static final long HOST_ECN = 1L << 13;
    public static final long MRG_RXBUF = 1L << 15;
    public static final long STATUS = 1L << 16;
    public static final long CTRL_VQ = 1L << 17;
    public static final long MQ = 1L << 22;
    public static final long LOG_ALL = 1L << 26;
    public static final long INDIRECT_DESC = 1L << 28;
    public static final long EVENT_IDX = 1L << 29;
    public static final long PROTOCOL_FEATURES = 1L << 30;
    public static final long VERSION_1 = 1L << 32;
    public static final long RING_PACKED = 1L << 34;

    /// What a [VhostDevice] can do, beside MAC, MTU and MQ. CTRL_VQ is the frontend's to serve.
    public static final long OFFERED = CSUM
            | GUEST_CSUM
            | GUEST_TSO4
            | GUEST_TSO6
            | GUEST_ECN
            | HOST_TSO4
            | HOST_TSO6
            | HOST_ECN
            | MRG_RXBUF
            | STATUS
            | LOG_ALL
            | INDIRECT_DESC
            | EVENT_IDX
            | PROTOCOL_FEATURES
            | VERSION_1
            | RING_PACKED;

    /// Protocol bits.
    public static final long PROTOCOL_MQ = 1L;

    public static final long PROTOCOL_LOG_SHMFD = 1L << 1;
    public static final long PROTOCOL_RARP = 1L << 2;
    public static final long PROTOCOL_REPLY_ACK = 1L << 3;
    public static final long PROTOCOL_MTU = 1L << 4;
    public static final long PROTOCOL_BACKEND_REQ = 1L << 5;
    public static final long PROTOCOL_CONFIG = 1L << 9;
    public static final long PROTOCOL_CONFIGURE_MEM_SLOTS = 1L << 15;

    public static final long PROTOCOL_OFFERED = PROTOCOL_MQ
            | PROTOCOL_LOG_SHMFD
            | PROTOCOL_RARP
            | PROTOCOL_REPLY_ACK
            | PROTOCOL_MTU
            | PROTOCOL_BACKEND_REQ
            | PROTOCOL_CONFIG
            | PROTOCOL_CONFIGURE_MEM_SLOTS;

    private VirtioFeatures() {}

    /// Bytes of the header before each frame: 12 with VERSION_1 or MRG_RXBUF, 10 without (virtio 1.2,
    /// 5.1.6.1).
    public static int headerLength(long features) {
        return (features & (VERSION_1 | MRG_RXBUF)) != 0 ? 12 : 10;
    }
}
