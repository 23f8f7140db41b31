package org.vnetp.overlay.link;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vnetp.overlay.frame.Ecn;

/// What goes with a datagram beside its bytes (struct cmsghdr, cmsg(3)): the size of the datagrams in a message
/// (UDP_SEGMENT, UDP_GRO), and the TOS or traffic class with the ECN field in it. One link's, one loop's; allocates
/// nothing.
final class ControlMessages {
    /// Room for what the kernel says about one received message.
    static final int RECEIVED_LENGTH = 64;

    /// Room for what is said about one message to be sent: [#SEGMENT_LENGTH], then [#ECN_LENGTH].
    static final int SENT_LENGTH = 48;

    /// Bytes of the element that says the size of the datagrams.
    static final int SEGMENT_LENGTH = 24;

    /// Bytes of the element behind it that says the ECN field.
    static final int ECN_LENGTH = 24;

    private static final int LEVEL_OFFSET = 8;
    private static final int TYPE_OFFSET = 12;
    private static final int DATA_OFFSET = 16;
    private static final int ALIGNMENT = 8;

    /// Since this version the kernel does not merge datagrams of different TOS ("net: gro: add flush check in
    /// udp_gro_receive_segment"); before it did, and told the first one's.
    private static final int MERGES_BY_TOS_MAJOR = 6;

    private static final int MERGES_BY_TOS_MINOR = 9;

    private static final boolean MERGES_BY_TOS = isAtLeast(System.getProperty("os.version"));

    private int segmentSize;
    private int ecn;

    static boolean isAtLeast(String release) {
        String[] parts = release.split("[^0-9]+", 3);
        try {
            int major = Integer.parseInt(parts[0]);
            int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
            return major > MERGES_BY_TOS_MAJOR || major == MERGES_BY_TOS_MAJOR && minor >= MERGES_BY_TOS_MINOR;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    // --- received ---

    /// Reads what the kernel says about a message of `length` bytes.
    ///
    /// @param at         where it begins in `controls`
    /// @param controlled bytes of it
    void read(MemorySegment controls, long at, long controlled, int length) {
        segmentSize = length;
        ecn = Ecn.NOT_ECT;
        long end = at + Math.min(controlled, RECEIVED_LENGTH);
        long element = at;
        while (element + DATA_OFFSET < end) {
            long bytes = controls.get(ValueLayout.JAVA_LONG, element);
            if (bytes <= DATA_OFFSET || bytes > end - element) {
                break;
            }
            onElement(controls, element, length);
            element += bytes + ALIGNMENT - 1 & -ALIGNMENT;
        }
        if (segmentSize < length && !MERGES_BY_TOS) {
            ecn |= Ecn.UNSURE;
        }
    }

    private void onElement(MemorySegment controls, long element, int length) {
        int level = controls.get(ValueLayout.JAVA_INT, element + LEVEL_OFFSET);
        int type = controls.get(ValueLayout.JAVA_INT, element + TYPE_OFFSET);
        if (level == UdpSocket.SOL_UDP && type == UdpSocket.UDP_GRO) {
            int announced = controls.get(ValueLayout.JAVA_INT, element + DATA_OFFSET);
            if (announced > 0 && announced < length) {
                segmentSize = announced;
            }
        } else if (level == UdpSocket.IPPROTO_IP && type == UdpSocket.IP_TOS) {
            ecn = controls.get(ValueLayout.JAVA_BYTE, element + DATA_OFFSET) & Ecn.FIELD;
        } else if (level == UdpSocket.IPPROTO_IPV6 && type == UdpSocket.IPV6_TCLASS) {
            ecn = controls.get(ValueLayout.JAVA_INT, element + DATA_OFFSET) & Ecn.FIELD;
        }
    }

    /// Bytes of each datagram of the message but the last; the message's length where it is one datagram.
    int segmentSize() {
        return segmentSize;
    }

    /// What the outer header said about congestion ([Ecn]).
    int ecn() {
        return ecn;
    }

    // --- sent ---

    /// Fills in what is the same for all messages.
    static void prepare(MemorySegment controls, long at, boolean ipv6) {
        element(controls, at, Short.BYTES, UdpSocket.SOL_UDP, UdpSocket.UDP_SEGMENT);
        element(
                controls,
                at + SEGMENT_LENGTH,
                Integer.BYTES,
                ipv6 ? UdpSocket.IPPROTO_IPV6 : UdpSocket.IPPROTO_IP,
                ipv6 ? UdpSocket.IPV6_TCLASS : UdpSocket.IP_TOS);
    }

    private static void element(MemorySegment controls, long at, int bytes, int level, int type) {
        controls.set(ValueLayout.JAVA_LONG, at, DATA_OFFSET + bytes);
        controls.set(ValueLayout.JAVA_INT, at + LEVEL_OFFSET, level);
        controls.set(ValueLayout.JAVA_INT, at + TYPE_OFFSET, type);
    }

    static void segmentSize(MemorySegment controls, long at, int bytes) {
        controls.set(ValueLayout.JAVA_SHORT, at + DATA_OFFSET, (short) bytes);
    }

    /// The whole TOS: its upper six bits, the class of service, stay 0 (RFC 2983's pipe model).
    static void ecn(MemorySegment controls, long at, int mark) {
        controls.set(ValueLayout.JAVA_INT, at + SEGMENT_LENGTH + DATA_OFFSET, mark);
    }
}
