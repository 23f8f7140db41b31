package org.vnetp.overlay.seal;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.vnetp.overlay.encap.SealedHeader;

/// The keys of one sealed link over time: when there are to be new ones, the handshakes that make them, and
/// when old ones end.
///
/// - Either end may begin a handshake: when the link opens, when its keys have grown old
///   ([Settings#rekeyNs]; the initiator's end first), when one has sealed half of what it may, and when
///   there are none. If both begin at once the end with the smaller public key goes on and the other
///   answers.
/// - The responder takes datagrams by the new keys from its answer on, and sends by them once a
///   confirmation or a datagram has shown that the initiator has them. The initiator does both at once. So
///   nothing is lost over it.
/// - The keys before are taken for [Keyring#OLD_KEPT_NS] longer, for what is still under way.
/// - Keys that have not been replaced after one and a half times their age end: nothing goes over the link
///   then.
/// - A handshake message is sealed by a key of the two static keys, is newer than all before it, and waits
///   in a short queue; no more than one in [#PAUSE_NS] is looked at. What does not pass gets no answer.
///
/// **Thread:** control's, one at a time.
public final class KeyExchange {
    /// One handshake costs a millisecond of a processor; no more than one in so long is begun by the peer.
    static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    static final long FIRST_RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    static final long LONGEST_RETRY_NS = TimeUnit.SECONDS.toNanos(5);

    private static final int CONFIRMATIONS = 6;
    private static final long CONFIRM_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final int FIRST = 1;
    private static final int SECOND = 2;
    private static final int CONFIRMATION = 3;

    /// Bytes of a handshake's longest datagram, and so of what the path must take.
    public static final int LONGEST_DATAGRAM =
            SealedHeader.LENGTH + Math.max(Handshake.FIRST_LENGTH, Handshake.SECOND_LENGTH) + SealedHeader.TRAILER;

    /// Bytes of the longest datagram that is sealed, whatever the path takes.
    public static final int MOST_BYTES = 9216;

    /// How a link is sealed.
    ///
    /// @param peer     the other node's public key, as [PublicKeys#text]
    /// @param rekeyNs  age of keys at which there are to be new ones
    /// @param capacity bytes of the link's longest datagram
    public record Settings(Identity own, String peer, int network, Suite suite, long rekeyNs, int capacity) {}

    /// Who waits until no loop is in the middle of anything.
    @FunctionalInterface
    public interface Barrier {
        void await();
    }

    private final Settings settings;
    private final byte[] peer;
    private final boolean smaller;
    private final LongSupplier clock;
    private final Consumer<String> log;
    private final SecureRandom random = new SecureRandom();
    private final Sealing sealing;
    private final Keyring keyring;
    private final HandshakePost post;
    // Null where it is known from the statement.
    private Whereabouts whereabouts;

    // As responder.
    private byte[] expected;
    // As initiator: sent again until the peer is heard.
    private byte[] confirmation;
    private int confirmationsLeft;
    private long confirmAgainNs;
    private Handshake attempt;
    private int attempts;
    private long nextAttemptNs;
    private long lastAnswerNs;
    private boolean answered;
    private long refused;
    private String trouble = "";
    private boolean saidDown;
    private boolean doubted;

    /// @param clock     monotonic, nanoseconds
    /// @param timeNs    nanoseconds since 1970; must not go back while the process lives
    /// @param attention asks for a call of [#attend]; from any thread, must not wait
    /// @param log       takes a line about what an operator should know
    /// @throws IllegalArgumentException where the peer's key is none, or this node's own
    /// @throws IllegalStateException    where a cipher fails its self-test
    public KeyExchange(
            Settings settings,
            LongSupplier clock,
            LongSupplier timeNs,
            Barrier barrier,
            Runnable attention,
            Consumer<String> log) {
        this.settings = settings;
        this.peer = PublicKeys.read(settings.peer())
                .orElseThrow(() -> new IllegalArgumentException("'" + settings.peer() + "' is no public key"));
        this.clock = clock;
        this.log = log;
        byte[] own = settings.own().publicKey();
        int order = Arrays.compareUnsigned(own, peer);
        if (order == 0) {
            throw new IllegalArgumentException("the peer's key is this node's own");
        }
        this.smaller = order < 0;
        this.post = new HandshakePost(settings, peer, smaller, timeNs);
        this.sealing = new Sealing(settings.network(), HandshakePost.opening(settings, peer, smaller), attention);
        this.keyring = new Keyring(settings, sealing, barrier, attention);
        this.nextAttemptNs = clock.getAsLong();
        longest(settings.capacity());
    }

    /// The path takes datagrams of so many bytes from now on: the ciphers are tried for them, as far as [#MOST_BYTES].
    ///
    /// @return bytes of the longest datagram that the link sends from now on
    /// @throws IllegalStateException where a cipher fails
    public int longest(int capacity) {
        int bytes = Math.clamp(capacity, LONGEST_DATAGRAM, MOST_BYTES);
        if (bytes > sealing.longest()) {
            Ciphers.prove(settings.suite(), bytes);
            sealing.longest(bytes);
        }
        return Math.min(capacity, sealing.longest());
    }

    /// What the loops have to do with.
    public Sealing sealing() {
        return sealing;
    }

    /// How handshakes get to the peer from now on.
    public void carrier(Carrier next) {
        post.carrier(next);
    }

    /// The peer may be anywhere: nothing is sent before it is known where, and handshakes tell. Before the first
    /// [#attend].
    public void whereabouts(Whereabouts learned) {
        whereabouts = learned;
    }

    /// The peer has not been heard where it should have been: whether it still has the keys is found out by a
    /// handshake.
    public void doubt() {
        doubted = true;
    }

    // --- what is due ---

    /// Does what is due: reads messages, begins handshakes, ends keys.
    ///
    /// @return nanoseconds until something may be due again
    public long attend() {
        long now = clock.getAsLong();
        for (Sealing.Message message = sealing.next(); message != null; message = sealing.next()) {
            onMessage(message, now);
        }
        if (keyring.answerHeard()) {
            confirmed(now);
        }
        if (keyring.heard()) {
            confirmation = null;
        }
        if (sealing.takeStale() && attempt == null && now - nextAttemptNs > LONGEST_RETRY_NS) {
            begin(now);
        }
        if (keyring.end(now)) {
            log.accept("its keys have ended and the other node agrees upon no new ones; nothing goes through");
            saidDown = true;
        }
        if (wantsKeys(now) && now - nextAttemptNs >= 0) {
            begin(now);
        }
        if (confirmation != null && now - confirmAgainNs >= 0) {
            confirm(now);
        }
        return Math.max(0, due(now) - now);
    }

    private boolean wantsKeys(long now) {
        return (whereabouts == null || whereabouts.known())
                && !keyring.answerUnderWay(now)
                && (attempt != null || doubted || keyring.wantsNew(now));
    }

    private long due(long now) {
        long due = now + TimeUnit.SECONDS.toNanos(3600);
        if (wantsKeys(now)) {
            due = Math.min(due, nextAttemptNs);
        }
        due = keyring.due(now, nextAttemptNs, due);
        if (confirmation != null) {
            due = Math.min(due, confirmAgainNs);
        }
        return due;
    }

    // --- messages ---

    private void onMessage(Sealing.Message message, long now) {
        if (message.number() <= sealing.newestHandshake()) {
            refused++;
            return;
        }
        try {
            switch (message.kind()) {
                case FIRST -> onFirst(message, now);
                case SECOND -> onSecond(message, now);
                case CONFIRMATION -> onConfirmation(message, now);
                default -> throw new HandshakeException("an unknown message");
            }
        } catch (HandshakeException e) {
            refused++;
            trouble = e.getMessage();
        }
    }

    private void begin(long now) {
        if (attempt != null) {
            attempt.wipe();
        }
        attempt = Handshake.initiator(settings.own(), peer, settings.network(), settings.suite(), random);
        attempts++;
        doubted = false;
        long pause = Math.min(LONGEST_RETRY_NS, FIRST_RETRY_NS * attempts);
        nextAttemptNs = now + pause + random.nextLong(pause / 8);
        try {
            send(FIRST, attempt.first(sealing.keysInUse(), sealing.newestHandshake()));
        } catch (HandshakeException e) {
            throw new IllegalArgumentException("the peer's key is none", e);
        }
    }

    private void onFirst(Sealing.Message message, long now) throws HandshakeException {
        if (answered && now - lastAnswerNs < PAUSE_NS) {
            throw new HandshakeException("handshakes too fast after one another");
        }
        answered = true;
        lastAnswerNs = now;
        Handshake handshake = Handshake.responder(settings.own(), peer, settings.network(), settings.suite(), random);
        try {
            Handshake.First first = handshake.readFirst(message.bytes());
            heard(message);
            boolean behind = post.catchUp(first.newestStamp());
            if (attempt != null && smaller) {
                // Both have begun; the other end will answer this one's.
                if (behind) {
                    begin(now);
                }
                return;
            }
            Handshake.Secrets secrets = handshake.second(keyring.freeNumber(first.keysInUse()));
            expected = secrets.confirmation();
            keyring.answer(secrets, now);
            send(SECOND, handshake.answer());
        } finally {
            handshake.wipe();
        }
    }

    private void onSecond(Sealing.Message message, long now) throws HandshakeException {
        if (attempt == null) {
            throw new HandshakeException("an answer to nothing");
        }
        Handshake begun = attempt;
        attempt = null;
        Handshake.Secrets secrets;
        try {
            secrets = begun.readSecond(message.bytes());
            heard(message);
        } finally {
            begun.wipe();
        }
        keyring.agreed(secrets, now);
        agreed(now);
        confirmation = secrets.confirmation();
        confirmationsLeft = CONFIRMATIONS;
        confirm(now);
    }

    /// A message has proved to be one of a handshake that goes on now: no older one counts any more, and the peer is
    /// where it came from.
    private void heard(Sealing.Message message) {
        sealing.newestHandshake(message.number());
        if (message.from() != null && whereabouts != null) {
            whereabouts.heardAt(message.from());
        }
    }

    private void confirm(long now) {
        send(CONFIRMATION, confirmation);
        confirmAgainNs = now + CONFIRM_AGAIN_NS * (1L << CONFIRMATIONS - confirmationsLeft);
        if (--confirmationsLeft == 0) {
            confirmation = null;
        }
    }

    private void onConfirmation(Sealing.Message message, long now) throws HandshakeException {
        if (expected == null || !Handshake.confirms(message.bytes(), expected)) {
            throw new HandshakeException("a confirmation of nothing");
        }
        heard(message);
        if (keyring.answered()) {
            confirmed(now);
        }
    }

    private void confirmed(long now) {
        keyring.confirmed(now);
        agreed(now);
    }

    /// There are new keys, whoever began: what was under way for others is done with.
    private void agreed(long now) {
        confirmation = null;
        if (attempt != null) {
            attempt.wipe();
            attempt = null;
        }
        attempts = 0;
        doubted = false;
        nextAttemptNs = now;
        trouble = "";
        if (saidDown) {
            saidDown = false;
            log.accept("has new keys, and carries frames again");
        }
    }

    private void send(int message, byte[] bytes) {
        post.send(message, bytes).ifPresent(why -> trouble = why);
    }

    // --- what control shows ---

    /// For `show links`.
    public Map<String, Object> describe() {
        long now = clock.getAsLong();
        Generation current = keyring.current();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("sealed", current == null ? "no keys" : settings.suite().label());
        told.put("sealed_by", Ciphers.origin(settings.suite()));
        told.put("own", settings.own().publicText());
        told.put("peer", settings.peer());
        told.put("generation", current == null ? 0 : current.count());
        if (current != null) {
            told.put("keys_age_s", TimeUnit.NANOSECONDS.toSeconds(now - current.sinceNs()));
            told.put("datagrams_sealed", current.sealed());
        } else {
            told.put("handshakes_tried", attempts);
        }
        if (refused > 0) {
            told.put("handshakes_refused", refused);
        }
        if (!trouble.isEmpty()) {
            told.put("handshake_trouble", trouble);
        }
        return told;
    }

    /// Wipes all keys. No loop has the link any more.
    public void close() {
        if (attempt != null) {
            attempt.wipe();
        }
        post.close();
        sealing.close();
    }
}
