package org.vnetp.overlay.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.vnetp.overlay.encap.DatagramNumbers;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.seal.KeyExchange.Settings;

/// Sends handshake messages: each in a datagram that is sealed by a key of the two static keys, and with a number that
/// is newer than those of all before it.
///
/// **Thread:** control's, one at a time.
final class HandshakePost {
    private static final int SECRET = 32;

    private final int network;
    private final DatagramNumbers stamps;
    private final Aead seal;
    private final MemorySegment datagram = Arena.ofAuto().allocate(KeyExchange.LONGEST_DATAGRAM, 64);
    private Carrier carrier;

    /// @param smaller whether this node's public key is the smaller one
    /// @param timeNs  nanoseconds since 1970; must not go back while the process lives
    /// @throws IllegalArgumentException where the peer's key is none
    HandshakePost(Settings settings, byte[] peer, boolean smaller, LongSupplier timeNs) {
        this.network = settings.network();
        this.stamps = new DatagramNumbers(timeNs);
        this.seal = Ciphers.make(settings.suite(), staticKey(settings, peer, smaller), 0, true);
    }

    /// What opens the messages that the peer sends so.
    ///
    /// @throws IllegalArgumentException where the peer's key is none
    static Aead opening(Settings settings, byte[] peer, boolean smaller) {
        return Ciphers.make(settings.suite(), staticKey(settings, peer, !smaller), 0, false);
    }

    /// The key of handshake datagrams in one direction, from both static keys.
    private static byte[] staticKey(Settings settings, byte[] peer, boolean fromSmaller) {
        byte[] own = settings.own().secret();
        try {
            byte[] both = X25519.shared(own, peer);
            byte[] secret = Kdf.derive(new byte[SECRET], both, SECRET);
            Arrays.fill(both, (byte) 0);
            return Kdf.expand(
                    secret,
                    "vnetp handshakes of the " + (fromSmaller ? "smaller" : "greater") + " key "
                            + settings.suite().label(),
                    settings.suite().keyLength());
        } catch (HandshakeException e) {
            throw new IllegalArgumentException("'" + settings.peer() + "' is no public key: " + e.getMessage(), e);
        } finally {
            Arrays.fill(own, (byte) 0);
        }
    }

    /// How messages get to the peer from now on.
    void carrier(Carrier next) {
        carrier = next;
    }

    /// Makes the numbers newer than `newest`, one that the peer has seen, where they are not: after a new start with a
    /// clock that was set back the peer would believe none.
    ///
    /// @return whether they were not
    boolean catchUp(long newest) {
        boolean behind = DatagramNumbers.ahead(newest, stamps.begin()) >= 0;
        if (behind) {
            stamps.atLeast(newest + 1);
        }
        return behind;
    }

    /// Sends a message.
    ///
    /// @return why it could not be sent, or nothing
    Optional<String> send(int message, byte[] bytes) {
        long number = stamps.begin();
        SealedHeader.encode(
                datagram, 0, SealedHeader.handshake(network, bytes.length, message), SealedHeader.back(number));
        MemorySegment.copy(bytes, 0, datagram, ValueLayout.JAVA_BYTE, SealedHeader.LENGTH, bytes.length);
        seal.seal(datagram.address(), datagram.address() + SealedHeader.LENGTH, bytes.length);
        int sent = carrier.send(datagram, SealedHeader.LENGTH + bytes.length + SealedHeader.TRAILER);
        return sent < 0 ? Optional.of("cannot send: " + Errno.text(-sent)) : Optional.empty();
    }

    /// Wipes the key.
    void close() {
        seal.close();
    }
}
