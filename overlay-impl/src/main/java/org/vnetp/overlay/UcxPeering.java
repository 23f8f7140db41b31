package org.vnetp.overlay;

import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.vnetp.overlay.link.UcxHello;

/// How the ends of a link over UCX find each other, and notice that the other is gone: by [UcxHello]s, since transports
/// of shared memory never tell.
///
/// A *session* is one set of this end's workers. It is joined to one session of the peer's and to no other: where the
/// peer begins another, falls silent, or UCX says that it is gone, this end begins another too. So no message of a
/// life before can come in, and nothing that a dead peer left half done is in the way. An end whose session is joined
/// says to others that it is not free, so that none joins a session that is about to be given up.
///
/// **Thread:** control's, one at a time.
final class UcxPeering {
    /// What an end asks its surroundings for.
    interface Ends {
        /// Takes the next datagram that has come.
        ///
        /// @return its length, or -1
        int receive(byte[] into);

        void send(byte[] datagram);

        /// Makes another set of workers in the place of the one before.
        ///
        /// @return their address
        /// @throws IllegalStateException where UCX refuses
        byte[] begin(long secret);

        /// Lets the workers send to the peer's.
        ///
        /// @throws IllegalStateException where no transport reaches it
        void join(byte[] address, long secret);
    }

    static final long ASK_NS = TimeUnit.MILLISECONDS.toNanos(50);
    static final long ASK_LONG_NS = TimeUnit.MILLISECONDS.toNanos(250);
    static final long KEEP_NS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long SILENCE_NS = TimeUnit.MILLISECONDS.toNanos(2500);
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long LOOK_JOINED_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int SHORT_ASKS = 60;
    private static final int MOST_AT_ONCE = 64;
    private static final String UNANSWERED = "the peer has not answered yet";
    private static final long SECRET_MASK = 0xFFFF_FFFF_FFFFL;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Ends ends;
    private final LongSupplier clock;
    private final int network;
    private final int ucxVersion;
    private final String transports;
    private final LongSupplier wakeSpace;
    private final byte[] datagram = new byte[UcxHello.MOST_LENGTH + 1];

    private byte[] address = {};
    private long session;
    private long secret;
    private long peerSession;
    private boolean joined;
    private long heardNs;
    private long nextHelloNs;
    private long againNs;
    private int asked;
    private int sessions;
    private long refused;
    private String trouble = UNANSWERED;
    private boolean lost;

    /// @param ucxVersion major and minor, 16 bits each
    /// @param transports of this end
    /// @param wakeSpace  the network namespace in which the workers of now are woken; 0: by the network
    UcxPeering(Ends ends, LongSupplier clock, int network, int ucxVersion, String transports, LongSupplier wakeSpace) {
        this.ends = ends;
        this.clock = clock;
        this.network = network;
        this.ucxVersion = ucxVersion;
        this.transports = transports;
        this.wakeSpace = wakeSpace;
    }

    /// Begins the first session, or another.
    ///
    /// @throws IllegalStateException where UCX refuses
    void begin() {
        joined = false;
        session = 0;
        lost = false;
        secret = random(SECRET_MASK);
        address = ends.begin(secret);
        session = random(-1L);
        sessions++;
        asked = 0;
        nextHelloNs = clock.getAsLong();
    }

    private static long random(long mask) {
        long number = 0;
        while (number == 0) {
            number = RANDOM.nextLong() & mask;
        }
        return number;
    }

    /// A session cannot begin now; it is tried again until one does.
    ///
    /// @param why for people
    void postpone(String why) {
        joined = false;
        session = 0;
        againNs = clock.getAsLong() + AGAIN_NS;
        trouble = why;
    }

    /// A loop has found that UCX gave up the peer.
    void onLoss() {
        lost = true;
    }

    /// Does what is due.
    ///
    /// @return nanoseconds until the next time
    long attend() {
        long now = clock.getAsLong();
        if (session == 0 && now - againNs < 0) {
            return ASK_LONG_NS;
        }
        if (session == 0 || lost) {
            again(lost ? "UCX lost the peer" : UNANSWERED);
        }
        if (session == 0) {
            return ASK_LONG_NS;
        }
        for (int i = 0; i < MOST_AT_ONCE; i++) {
            int length = ends.receive(datagram);
            if (length < 0) {
                break;
            }
            hear(UcxHello.read(datagram, length), now);
        }
        if (joined && now - heardNs > SILENCE_NS) {
            again("the peer is silent");
        }
        if (session == 0) {
            return ASK_LONG_NS;
        }
        if (now - nextHelloNs >= 0) {
            say();
            nextHelloNs = now + (joined ? KEEP_NS : asked++ < SHORT_ASKS ? ASK_NS : ASK_LONG_NS);
        }
        return joined ? LOOK_JOINED_NS : asked < SHORT_ASKS ? LOOK_NS : ASK_LONG_NS;
    }

    private void again(String why) {
        trouble = why;
        try {
            begin();
        } catch (IllegalStateException e) {
            postpone(e.getMessage());
        }
    }

    /// To the peer: this end is free for it, or joined to it.
    private void say() {
        say(true, peerSession);
    }

    private void say(boolean free, long echo) {
        ends.send(new UcxHello(
                        free, network, ucxVersion, session, echo, secret, wakeSpace.getAsLong(), transports, address)
                .encode());
    }

    private void hear(UcxHello.Read read, long now) {
        Optional<UcxHello> heard = read.hello();
        if (heard.isEmpty()) {
            refuse("what the peer's address sends " + read.refusal());
            return;
        }
        UcxHello hello = heard.get();
        if (session == 0) {
            return;
        }
        if (hello.network() != network) {
            refuse("the peer is of network " + hello.network() + ", this node of " + network);
            return;
        }
        if (hello.ucxVersion() != ucxVersion) {
            refuse("the peer has UCX " + text(hello.ucxVersion()) + ", this node " + text(ucxVersion)
                    + "; expected the same");
            return;
        }
        boolean known = hello.session() == peerSession;
        if (joined && known) {
            if (hello.echo() == session) {
                heardNs = now;
            }
            return;
        }
        // Whoever says this much may have made it up; only who repeats this end's session is the peer.
        peerSession = joined ? peerSession : hello.session();
        if (hello.echo() != session) {
            // Tells who has asked, whatever this end is about.
            say(!joined, hello.session());
            return;
        }
        if (joined) {
            again("the peer has begun anew");
            peerSession = hello.session();
            if (session != 0) {
                say();
            }
        } else if (hello.free()) {
            join(hello, now);
        }
    }

    private void join(UcxHello hello, long now) {
        long own = wakeSpace.getAsLong();
        if (own != 0 && hello.wakeSpace() != 0 && hello.wakeSpace() != own) {
            refuse("shared memory wakes no peer in another network namespace, unless both nodes may enter that of"
                    + " process 1; expected root, or transports that go by the network");
            return;
        }
        try {
            ends.join(hello.address(), hello.secret());
            joined = true;
            heardNs = now;
            nextHelloNs = now + KEEP_NS;
            say();
        } catch (IllegalStateException e) {
            refuse(e.getMessage() + ": its link says tls " + hello.transports() + ", this node's " + transports);
        }
    }

    private void refuse(String why) {
        refused++;
        if (!joined) {
            trouble = why;
        }
    }

    private static String text(int version) {
        return (version >>> 16) + "." + (version & 0xFFFF);
    }

    boolean joined() {
        return joined;
    }

    /// Why it is not joined.
    String trouble() {
        return trouble;
    }

    /// Sessions that this end has begun.
    int sessions() {
        return sessions;
    }

    /// Datagrams of the handshake that were refused.
    long refused() {
        return refused;
    }
}
