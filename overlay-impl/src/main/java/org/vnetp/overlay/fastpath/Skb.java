package org.vnetp.overlay.fastpath;

/// What a program for traffic control sees of a packet and what it may call, by linux/bpf.h, and the registers in
/// which the programs here keep what they need.
final class Skb {
    // Registers that keep their values over calls.
    static final int PACKET = 6;
    static final int DATA = 7;
    static final int LENGTH = 7;
    static final int END = 8;
    static final int SEGMENT = 8;
    static final int ENTRY = 9;
    static final int STACK = 10;

    // struct __sk_buff
    static final int SKB_LENGTH = 0;
    static final int SKB_PROTOCOL = 16;
    static final int SKB_VLAN_PRESENT = 20;
    static final int SKB_VLAN = 24;
    static final int SKB_VLAN_PROTOCOL = 28;
    static final int SKB_DATA = 76;
    static final int SKB_DATA_END = 80;
    static final int SKB_GSO_SEGMENTS = 164;
    static final int SKB_GSO_SIZE = 176;

    // Helpers
    static final int MAP_LOOKUP = 1;
    static final int RANDOM = 7;
    static final int STORE_BYTES = 9;
    static final int REPLACE_IP_SUM = 10;
    static final int VLAN_PUSH = 18;
    static final int VLAN_POP = 19;
    static final int REDIRECT = 23;
    static final int LOAD_BYTES = 26;
    static final int HASH = 34;
    static final int PULL_DATA = 39;
    static final int ADJUST_ROOM = 50;
    static final int REDIRECT_NEIGHBOUR = 152;
    static final int REDIRECT_PEER = 155;

    // Verdicts
    static final int NEXT = -1;
    static final int DROP = 2;

    // bpf_skb_adjust_room
    static final int AFTER_ETHERNET = 1;
    static final long KEEP_SEGMENT_SIZE = 1;
    static final long OUTER_IPV4 = 1 << 1;
    static final long OUTER_IPV6 = 1 << 2;
    static final long OUTER_UDP = 1 << 4;
    static final long INNER_ETHERNET = 1 << 6;
    static final int INNER_ETHERNET_LENGTH_SHIFT = 56;
    static final int INNER_IPV4 = 1 << 7;
    static final int INNER_IPV6 = 1 << 8;

    // bpf_skb_store_bytes
    static final int RECOMPUTE_CHECKSUM = 1;

    private Skb() {}
}
