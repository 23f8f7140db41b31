package org.vnetp.overlay.seal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.vnetp.overlay.encap.SealedHeader;
import org.vnetp.overlay.seal.KeyExchange.Barrier;
import org.vnetp.overlay.seal.KeyExchange.Settings;

/// The keys that a sealed link has, by generations: those that it sends by, those that it has agreed upon as responder
/// and takes already, and those before, which are taken for [#OLD_KEPT_NS] longer. It knows when keys have grown old
/// and when they end; [KeyExchange] gets new ones.
///
/// **Thread:** control's, one at a time.
final class Keyring {
    /// The keys before are taken for so long.
    static final long OLD_KEPT_NS = TimeUnit.SECONDS.toNanos(10);

    /// An answer that has been given is waited for so long before this end begins.
    private static final long ANSWER_WAITS_NS = TimeUnit.SECONDS.toNanos(3);

    /// Keys that were others' predecessors.
    private record Old(Generation keys, long endsNs) {}

    private final Settings settings;
    private final Sealing sealing;
    private final Barrier barrier;
    private final Runnable attention;
    private final List<Old> old = new ArrayList<>();
    private Generation current;
    private Generation next; // as responder: taken, not yet sent by
    private volatile boolean enough;
    private long generations;

    /// @param sealing   gets every generation as it comes and goes
    /// @param attention asks for a call of [KeyExchange#attend]
    Keyring(Settings settings, Sealing sealing, Barrier barrier, Runnable attention) {
        this.settings = settings;
        this.sealing = sealing;
        this.barrier = barrier;
        this.attention = attention;
    }

    /// What the link sends by, or null.
    Generation current() {
        return current;
    }

    /// Whether an answer has been given that the peer has not shown to have.
    boolean answered() {
        return next != null;
    }

    /// Whether the peer has sent something by the keys of the answer.
    boolean answerHeard() {
        return next != null && next.heard();
    }

    /// Whether the peer has sent something by the keys that the link sends by.
    boolean heard() {
        return current != null && current.heard();
    }

    /// Whether there are to be new keys, for all that is known here: there are none, they have grown old, or one has
    /// sealed half of what it may.
    boolean wantsNew(long now) {
        return current == null || enough || now - rekeyAtNs() >= 0;
    }

    /// Whether an answer was given a moment ago, so that new keys are on their way.
    boolean answerUnderWay(long now) {
        return next != null && now - next.sinceNs() < ANSWER_WAITS_NS;
    }

    /// Ends what has had its time.
    ///
    /// @return whether the keys that the link sends by have ended, so that it sends nothing
    boolean end(long now) {
        for (Old each : List.copyOf(old)) {
            if (now - each.endsNs() >= 0) {
                retire(each.keys());
                old.remove(each);
            }
        }
        if (next != null && now - next.sinceNs() >= settings.rekeyNs()) {
            dropAnswer(); // the initiator has never got it
        }
        if (current == null || now - endsAtNs() < 0) {
            return false;
        }
        retire(current);
        current = null;
        return true;
    }

    /// When something is due here.
    ///
    /// @param attemptNs when a handshake may begin at the earliest
    /// @param latestNs  when nothing is due before
    long due(long now, long attemptNs, long latestNs) {
        long due = latestNs;
        if (current != null) {
            due = Math.min(due, Math.min(Math.max(rekeyAtNs(), attemptNs), endsAtNs()));
        }
        for (Old each : old) {
            due = Math.min(due, each.endsNs());
        }
        if (next != null) {
            long waitsNs = next.sinceNs() + ANSWER_WAITS_NS;
            due = Math.min(due, now - waitsNs < 0 ? waitsNs : next.sinceNs() + settings.rekeyNs());
        }
        return due;
    }

    private long rekeyAtNs() {
        long age = settings.rekeyNs();
        return current.sinceNs() + (current.initiator() ? age : age + age / 8);
    }

    private long endsAtNs() {
        return current.sinceNs() + settings.rekeyNs() + settings.rekeyNs() / 2;
    }

    /// A number for new keys that neither end has keys by; an answer that the peer has not shown to have is withdrawn.
    ///
    /// @param peers numbers that the peer has keys by, a bit each
    /// @throws HandshakeException where there is none
    int freeNumber(int peers) throws HandshakeException {
        int taken = peers | sealing.keysInUse();
        dropAnswer();
        int keys = Integer.numberOfTrailingZeros(~taken);
        if (keys >= SealedHeader.KEYS) {
            throw new HandshakeException("no number is left for keys");
        }
        return keys;
    }

    /// Takes datagrams by these keys from now on, and sends by them after [#confirmed].
    void answer(Handshake.Secrets secrets, long now) {
        next = open(secrets, now);
    }

    /// The peer has the keys of the answer: sends by them from now on.
    void confirmed(long now) {
        Generation made = next;
        next = null;
        become(made, now);
    }

    /// Takes datagrams by these keys and sends by them from now on.
    ///
    /// @throws HandshakeException where others have their number; they are wiped then
    void agreed(Handshake.Secrets secrets, long now) throws HandshakeException {
        if ((sealing.keysInUse() & 1 << secrets.keys()) != 0) {
            secrets.wipe();
            throw new HandshakeException("a number for keys that others have");
        }
        become(open(secrets, now), now);
    }

    private Generation open(Handshake.Secrets secrets, long now) {
        Generation made = new Generation(
                settings.suite(),
                secrets.keys(),
                ++generations,
                secrets,
                sealing.longest(),
                now,
                attention,
                this::onEnough);
        sealing.open(made);
        return made;
    }

    private void onEnough() {
        enough = true;
        attention.run();
    }

    private void become(Generation made, long now) {
        long endsNs = now + Math.min(OLD_KEPT_NS, settings.rekeyNs() / 2);
        for (Generation before : new Generation[] {current, next}) {
            if (before != null) {
                old.add(new Old(before, endsNs));
            }
        }
        next = null;
        current = made;
        enough = false;
        sealing.send(made);
    }

    private void dropAnswer() {
        if (next != null) {
            retire(next);
            next = null;
        }
    }

    /// Lets keys go. A loop may be in the middle of a datagram by them: they are wiped once it is not.
    private void retire(Generation gone) {
        sealing.withdraw(gone);
        barrier.await();
        gone.close();
    }
}
