package org.vnetp.overlay.vhost;

/// Numbers of the frontend's requests, and their header: request u32, flags u32, size u32, in the machine's
/// order.
public final class VhostRequest {
    public static final int HEADER_LENGTH = 12;
    public static final int VERSION = 1;
    public static final int VERSION_MASK = 3;
    public static final int FLAG_REPLY = 4;
    public static final int FLAG_NEED_REPLY = 8;

    public static final int GET_FEATURES = 1;
    public static final int SET_FEATURES = 2;
    public static final int SET_OWNER = 3;
    public static final int RESET_OWNER = 4;
    public static final int SET_MEM_TABLE = 5;
    public static final int SET_LOG_BASE = 6;
    public static final int SET_LOG_FD = 7;
    public static final int SET_VRING_NUM = 8;
    public static final int SET_VRING_ADDR = 9;
    public static final int SET_VRING_BASE = 10;
    public static final int GET_VRING_BASE = 11;
    public static final int SET_VRING_KICK = 12;
    public static final int SET_VRING_CALL = 13;
    public static final int SET_VRING_ERR = 14;
    public static final int GET_PROTOCOL_FEATURES = 15;
    public static final int SET_PROTOCOL_FEATURES = 16;
    public static final int GET_QUEUE_NUM = 17;
    public static final int SET_VRING_ENABLE = 18;
    public static final int SEND_RARP = 19;
    public static final int NET_SET_MTU = 20;
    public static final int SET_BACKEND_REQ_FD = 21;
    public static final int GET_CONFIG = 24;
    public static final int SET_CONFIG = 25;
    public static final int GET_MAX_MEM_SLOTS = 36;
    public static final int ADD_MEM_REG = 37;
    public static final int REM_MEM_REG = 38;

    /// The backend's own request, by the socket of SET_BACKEND_REQ_FD: the configuration has changed.
    public static final int BACKEND_CONFIG_CHANGE = 2;

    /// In the u64 of KICK, CALL and ERR: which ring, and that no descriptor comes.
    public static final int RING_MASK = 0xFF;

    public static final int NO_DESCRIPTOR = 0x100;

    /// In the flags of VRING_ADDR: what the device writes to its area is marked in the log.
    public static final int LOG_DEVICE_AREA = 1;

    private VhostRequest() {}
}
