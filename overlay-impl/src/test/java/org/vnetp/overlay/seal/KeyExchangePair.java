package org.vnetp.overlay.seal;

import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/// Two ends of a link that make keys by handshakes, which are kept and go nowhere; one knows the other's address, the
/// other has to learn it.
final class KeyExchangePair {
    private static final long REKEY_NS = 120_000_000_000L;

    private final List<byte[]> sentByA = new ArrayList<>();
    private final List<byte[]> sentByB = new ArrayList<>();
    private final List<InetSocketAddress> learned = new ArrayList<>();
    private final KeyExchange a;
    private final KeyExchange b;

    KeyExchangePair(int network) {
        Identity ofA = Identity.create(new SecureRandom());
        Identity ofB = Identity.create(new SecureRandom());
        a = exchange(ofA, ofB.publicText(), network, sentByA);
        b = exchange(ofB, ofA.publicText(), network, sentByB);
        b.whereabouts(new Whereabouts() {
            @Override
            public boolean known() {
                return isKnown();
            }

            @Override
            public void heardAt(InetSocketAddress address) {
                learned.add(address);
            }
        });
    }

    private static KeyExchange exchange(Identity own, String peer, int network, List<byte[]> sent) {
        KeyExchange made = new KeyExchange(
                new KeyExchange.Settings(own, peer, network, Suite.AES_128_GCM, REKEY_NS, 1472),
                () -> 1_000_000_000L,
                () -> 1_790_000_000_000_000_000L,
                () -> {},
                () -> {},
                _ -> {});
        made.carrier((datagram, length) -> {
            sent.add(datagram.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
            return length;
        });
        return made;
    }

    boolean isKnown() {
        return !learned.isEmpty();
    }

    List<InetSocketAddress> learned() {
        return learned;
    }

    KeyExchange a() {
        return a;
    }

    KeyExchange b() {
        return b;
    }

    List<byte[]> sentByA() {
        return sentByA;
    }

    List<byte[]> sentByB() {
        return sentByB;
    }
}
