package org.vnetp.overlay.encap;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/// Builds frames byte by byte, and checks them by a plain reading of the RFCs: shares no code with what it tests.
final class TestFrames {
    /// What a guest's kernel would hand to the TAP: virtio_net_hdr and frame.
    record Superframe(
            byte[] bytes, int headers, int gsoSize, int networkOffset, int transportOffset, boolean tcp, boolean ipv4) {
        int payload() {
            return bytes.length - 12 - headers;
        }
    }

    static final int ACK = 0x10;
    static final int PSH = 0x08;
    static final int FIN = 0x01;
    static final int CWR = 0x80;

    private TestFrames() {}

    static Superframe superframe(
            Random random, boolean tcp, boolean ipv4, int tags, int gsoSize, int payload, int flags) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1});
        for (int i = 0; i < tags; i++) {
            put16(out, i == 0 && tags == 2 ? 0x88a8 : 0x8100);
            put16(out, random.nextInt(1 << 16));
        }
        put16(out, ipv4 ? 0x0800 : 0x86dd);
        final int net = out.size();
        final int options = tcp ? 4 * random.nextInt(11) : 0;
        final int l4Header = tcp ? 20 + options : 8;
        final int l4Length = l4Header + payload;
        if (ipv4) {
            put16(out, 0x4500 | random.nextInt(256));
            put16(out, 20 + l4Length);
            put16(out, random.nextInt(1 << 16));
            put16(out, random.nextBoolean() ? 0x4000 : 0);
            put16(out, (1 + random.nextInt(255)) << 8 | (tcp ? 6 : 17));
            put16(out, 0);
            put32(out, 0x0a000000 | random.nextInt(1 << 24));
            put32(out, 0x0a000000 | random.nextInt(1 << 24));
        } else {
            put32(out, 0x60000000 | random.nextInt(1 << 28));
            put16(out, l4Length);
            put16(out, (tcp ? 6 : 17) << 8 | (1 + random.nextInt(255)));
            final byte[] addresses = new byte[32];
            random.nextBytes(addresses);
            out.writeBytes(addresses);
        }
        final int transport = out.size();
        put16(out, 1 + random.nextInt(65535));
        put16(out, 1 + random.nextInt(65535));
        if (tcp) {
            put32(out, random.nextInt());
            put32(out, random.nextInt());
            put16(out, (20 + options) / 4 << 12 | flags);
            put16(out, random.nextInt(1 << 16));
            put16(out, 0);
            put16(out, 0);
            final byte[] bytes = new byte[options];
            random.nextBytes(bytes);
            out.writeBytes(bytes);
        } else {
            put16(out, l4Length);
            put16(out, 0);
        }
        final byte[] body = new byte[payload];
        random.nextBytes(body);
        final int headers = out.size();
        out.writeBytes(body);
        final byte[] frame = out.toByteArray();
        if (ipv4) {
            set16(frame, net + 10, ~naive(frame, net, 20) & 0xffff);
        }
        final int field = transport + (tcp ? 16 : 6);
        set16(frame, field, pseudo(frame, net, ipv4, tcp ? 6 : 17, l4Length));
        final byte[] bytes = new byte[12 + frame.length];
        System.arraycopy(frame, 0, bytes, 12, frame.length);
        bytes[0] = 1;
        bytes[1] = (byte) (gsoSize == 0 ? 0 : !tcp ? 5 : ipv4 ? 1 : 4);
        if (gsoSize != 0) {
            bytes[2] = (byte) headers;
            bytes[3] = (byte) (headers >> 8);
        }
        bytes[4] = (byte) gsoSize;
        bytes[5] = (byte) (gsoSize >> 8);
        bytes[6] = (byte) transport;
        bytes[8] = (byte) (tcp ? 16 : 6);
        return new Superframe(bytes, headers, gsoSize, net, transport, tcp, ipv4);
    }

    /// The folded one's-complement sum, word by word.
    static int naive(byte[] bytes, int from, int length) {
        long sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += (bytes[from + i] & 0xff) << 8 | (i + 1 < length ? bytes[from + i + 1] & 0xff : 0);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) sum;
    }

    static int pseudo(byte[] frame, int net, boolean ipv4, int protocol, int length) {
        final byte[] header = new byte[40];
        final int addresses = ipv4 ? 8 : 32;
        System.arraycopy(frame, net + (ipv4 ? 12 : 8), header, 0, addresses);
        header[33] = (byte) protocol;
        header[34] = (byte) (length >> 8);
        header[35] = (byte) length;
        return naive(header, 0, 40);
    }

    /// True when a frame's IPv4 header checksum and its transport checksum are right.
    static boolean checksumsRight(byte[] frame, int net, int transport, boolean ipv4, boolean tcp) {
        final int length = frame.length - transport;
        final byte[] joined = Arrays.copyOfRange(frame, transport, frame.length + 2 + (length & 1));
        set16(joined, joined.length - 2, pseudo(frame, net, ipv4, tcp ? 6 : 17, length));
        return (!ipv4 || naive(frame, net, transport - net) == 0xffff) && naive(joined, 0, joined.length) == 0xffff;
    }

    static int get16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    static int get32(byte[] bytes, int at) {
        return get16(bytes, at) << 16 | get16(bytes, at + 2);
    }

    static void set16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 8);
        bytes[at + 1] = (byte) value;
    }

    private static void put16(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    private static void put32(ByteArrayOutputStream out, int value) {
        put16(out, value >>> 16);
        put16(out, value & 0xffff);
    }
}
