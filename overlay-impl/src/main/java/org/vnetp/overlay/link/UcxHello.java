package org.vnetp.overlay.link;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/// What the two nodes of a link over UCX tell each other by UDP, so that each learns the address of the other's worker:
/// one datagram, big-endian, everything in each.
///
/// | bytes | what |
/// |---|---|
/// | 4 | `VUCX` |
/// | 1 | version, 1 |
/// | 1 | flags: bit 0, this end is free for the receiver of this |
/// | 2 | length of the address |
/// | 4 | the network's id |
/// | 4 | UCX's version: major, minor, 2 bytes each |
/// | 8 | this end's session: a random number, another one for each set of workers |
/// | 8 | the session that it heard of last from the other end; 0: of none |
/// | 8 | secret: what tags of messages to this end begin with, 48 bits |
/// | 8 | the network namespace in which its worker is woken; 0 where that goes by the network |
/// | 32 | its transports, as said in its link statement; ASCII, zeros behind |
/// | 16 | the first bytes of SHA-256 over all the rest |
/// | n | the worker's address, UCX's own |
///
/// UCX believes an address that it is given. So one is only used of a datagram that is whole, comes from the link's
/// peer
/// and repeats this end's session of now, which only who got this end's datagrams knows.
///
/// @param free       the sender has no session with another than the receiver
/// @param ucxVersion major and minor, 16 bits each
/// @param secret     48 bits
/// @param wakeSpace  the namespace's inode
/// @param transports as in statements, at most 32 characters
/// @param address    the worker's
public record UcxHello(
        boolean free,
        int network,
        int ucxVersion,
        long session,
        long echo,
        long secret,
        long wakeSpace,
        String transports,
        byte[] address) {
    /// Longest datagram of these, bytes.
    public static final int MOST_LENGTH = 1400;

    public static final int MOST_TRANSPORTS = 32;

    private static final int MAGIC = 0x56554358;
    private static final int VERSION = 1;
    private static final int FLAG_FREE = 1;
    private static final int DIGEST_LENGTH = 16;
    private static final int DIGEST_OFFSET = 48 + MOST_TRANSPORTS;
    private static final int ADDRESS_OFFSET = DIGEST_OFFSET + DIGEST_LENGTH;
    private static final long SECRET_MASK = 0xFFFF_FFFF_FFFFL;

    /// Longest address that fits.
    public static final int MOST_ADDRESS = MOST_LENGTH - ADDRESS_OFFSET;

    public UcxHello {
        if (address.length > MOST_ADDRESS) {
            throw new IllegalArgumentException(
                    "an address of " + address.length + " bytes: expected at most " + MOST_ADDRESS);
        }
        if (transports.length() > MOST_TRANSPORTS) {
            throw new IllegalArgumentException(
                    "transports '" + transports + "': expected at most " + MOST_TRANSPORTS + " characters");
        }
    }

    /// A datagram, or why there is none to be read from some bytes.
    public record Read(Optional<UcxHello> hello, String refusal) {
        private static Read refused(String why) {
            return new Read(Optional.empty(), why);
        }
    }

    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(ADDRESS_OFFSET + address.length);
        out.putInt(MAGIC).put((byte) VERSION).put((byte) (free ? FLAG_FREE : 0)).putShort((short) address.length);
        out.putInt(network)
                .putInt(ucxVersion)
                .putLong(session)
                .putLong(echo)
                .putLong(secret)
                .putLong(wakeSpace);
        out.put(transports.getBytes(StandardCharsets.US_ASCII));
        out.position(ADDRESS_OFFSET).put(address);
        byte[] bytes = out.array();
        System.arraycopy(digest(bytes), 0, bytes, DIGEST_OFFSET, DIGEST_LENGTH);
        return bytes;
    }

    /// Reads what came; never throws.
    public static Read read(byte[] bytes, int length) {
        try {
            return read(ByteBuffer.wrap(Arrays.copyOf(bytes, length)));
        } catch (BufferUnderflowException e) {
            return Read.refused("is cut short: " + length + " bytes");
        }
    }

    private static Read read(ByteBuffer in) {
        int length = in.capacity();
        if (length < 4 || in.getInt() != MAGIC) {
            return Read.refused("is none of a link over UCX: the other end's link has another format");
        }
        int version = in.get();
        if (version != VERSION) {
            return Read.refused(
                    "is of version " + version + "; expected " + VERSION + ": the other node is of another release");
        }
        int flags = in.get();
        int addressLength = Short.toUnsignedInt(in.getShort());
        if (length < ADDRESS_OFFSET || length != ADDRESS_OFFSET + addressLength || addressLength == 0) {
            return Read.refused("says that its address has " + addressLength + " bytes, but is " + length + " long");
        }
        byte[] told = new byte[DIGEST_LENGTH];
        in.get(DIGEST_OFFSET, told);
        if (!MessageDigest.isEqual(told, Arrays.copyOf(digest(in.array()), DIGEST_LENGTH))) {
            return Read.refused("is damaged: its digest is wrong");
        }
        int network = in.getInt();
        int ucxVersion = in.getInt();
        long session = in.getLong();
        long echo = in.getLong();
        long secret = in.getLong();
        long wakeSpace = in.getLong();
        byte[] text = new byte[MOST_TRANSPORTS];
        in.get(text);
        byte[] address = new byte[addressLength];
        in.get(ADDRESS_OFFSET, address);
        String transports = new String(text, StandardCharsets.US_ASCII).replace("\0", "");
        if (session == 0 || secret != (secret & SECRET_MASK) || !transports.matches("[a-z0-9_,]+")) {
            return Read.refused("has fields that contradict each other");
        }
        return new Read(
                Optional.of(new UcxHello(
                        (flags & FLAG_FREE) != 0,
                        network,
                        ucxVersion,
                        session,
                        echo,
                        secret,
                        wakeSpace,
                        transports,
                        address)),
                "");
    }

    /// Over all but the digest's own place, which counts as zeros.
    private static byte[] digest(byte[] datagram) {
        try {
            byte[] without = datagram.clone();
            Arrays.fill(without, DIGEST_OFFSET, DIGEST_OFFSET + DIGEST_LENGTH, (byte) 0);
            return MessageDigest.getInstance("SHA-256").digest(without);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
