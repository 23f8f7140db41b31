package org.vnetp.overlay.measure;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.vnetp.overlay.encap.Messages;
import org.vnetp.overlay.frame.NetworkOrder;

/// A link's end of the messages that measure it: sends echoes and trains when told, answers those
/// of the peer, and leaves what came of them to be fetched. One for as long as the link is there.
///
/// A peer is answered whether this node measures or not, [#ANSWERS_A_SECOND] times at most; nobody
/// gets a longer answer than he asked with. What comes is checked: its length, the session, whether
/// there is such an echo under way and no answer to it yet (so that a replay changes nothing), and
/// whether its timestamps can be true. What fails is counted and changes nothing.
///
/// **Threads:** [#fetch], [#fetchHere], [#trainResult], [#kernelBytesIn] and what is counted for
/// `show` by anyone; the rest is the loop's that receives from the link. Between loops the node
/// sees to it that one is over before the next begins.
public final class LinkMeter implements Messages {
    static final int ANSWERS_A_SECOND = 64;
    private static final int UNDER_WAY = 16;
    private static final int MOST_WAITING = 64;

    /// Answers that may wait for a visit's end.
    private static final int MOST_ANSWERS = 4;

    private static final long MOST_HELD_NS = 10_000_000_000L;
    private static final long MOST_OLD_NS = 10_000_000_000L;

    /// What a train is padded with at most.
    private static final int MOST_TRAIN_LENGTH = 9000;

    private final int session;
    private final long clockId;
    private Stamps stamps;
    private LinkCounts counts;

    // Written by the cold side.
    private volatile long kernelBytesIn;
    private volatile boolean kernelToo;
    private volatile boolean kernelStamps;

    // Echoes of this node, by the sequence's lowest bits.
    private final int[] sentSequence = new int[UNDER_WAY];
    private final long[] sentNs = new long[UNDER_WAY];
    private final long[] sentRealNs = new long[UNDER_WAY];
    private final boolean[] awaited = new boolean[UNDER_WAY];
    private volatile long sequence;
    /// Something may be to be said: all that a visit of the link without messages looks at.
    private boolean due;

    private int wanted;
    private boolean apart;

    // The peer's echoes that are to be answered.
    private final MemorySegment echo = Arena.ofAuto().allocate(EchoFormat.LENGTH, 8);
    private final MemorySegment[] toAnswer = new MemorySegment[MOST_ANSWERS];
    private int toAnswerFirst;
    private int toAnswerCount;
    private int answered;
    private long answersSinceNs;

    private final TrainSender sender = new TrainSender();
    private final TrainReceiver receiver = new TrainReceiver();

    private int kind;
    private long address;

    private final Queue<Echo> echoes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile Echo.Counts here;
    private volatile TrainResult trainResult;
    private volatile long refused;
    private volatile long answers;

    /// @param session names this end's echoes, 16 bits; better not guessed
    /// @param clockId who has the same reads the same time of day; 0: not known
    public LinkMeter(int session, long clockId) {
        this.session = session & 0xffff;
        this.clockId = clockId;
        for (int i = 0; i < MOST_ANSWERS; i++) {
            toAnswer[i] = Arena.ofAuto().allocate(EchoFormat.LENGTH, 8);
        }
    }

    /// A loop receives from the link from now on.
    public void attach(Stamps clocks, LinkCounts counted) {
        stamps = clocks;
        counts = counted;
    }

    // --- the cold side ---

    /// Whether arrivals are to be stamped by the kernel, where it does.
    public void kernelStamps(boolean on) {
        kernelStamps = on;
    }

    /// Bytes of frames that the kernel has carried in by the link.
    ///
    /// @param complete nothing else is missing in the counts
    public void kernelBytesIn(long bytes, boolean complete) {
        kernelBytesIn = bytes;
        kernelToo = complete;
    }

    /// The next echo that came back, or null.
    public Echo fetch() {
        Echo next = echoes.poll();
        if (next != null) {
            waiting.decrementAndGet();
        }
        return next;
    }

    /// What this node had counted when it sent its last echo; null before.
    public Echo.Counts fetchHere() {
        return here;
    }

    /// Echoes sent so far; their sequences are below.
    public long sent() {
        return sequence;
    }

    /// What of the peer's was refused: too short, of no session, answered already, or impossible.
    public long refused() {
        return refused;
    }

    /// Echoes of the peer that were answered.
    public long answers() {
        return answers;
    }

    /// What the peer told last about a train, or null.
    public TrainResult trainResult() {
        return trainResult;
    }

    /// Datagrams of a train that are still to be sent.
    public int trainLeft() {
        return sender.left();
    }

    // --- the loop ---

    /// Sends two echoes with the next messages, one after the other. The first finds the caches of
    /// both nodes cold, after a second in which others ran; only the second tells delays.
    public void wantEchoes() {
        wanted = 2;
        due = true;
    }

    /// Whether an echo is one that tells delays.
    static boolean isWarm(long sequence) {
        return (sequence & 1) == 1;
    }

    /// Sends a train with the next messages.
    ///
    /// @param bytes of each datagram's message; at least [EchoFormat#TRAIN_LENGTH]
    /// @param most  so many of it until [#goOn]
    public void startTrain(int train, int datagrams, int bytes, int most) {
        trainResult = null;
        due = true;
        sender.start(train, datagrams, Math.clamp(bytes, EchoFormat.TRAIN_LENGTH, MOST_TRAIN_LENGTH), session, most);
    }

    /// So many more datagrams of the train may be sent.
    public void goOn(int datagrams) {
        sender.allow(datagrams);
        due = true;
    }

    /// Asks the peer for what came of a train.
    ///
    /// @param bytes of the message: as long as a message may be, as the result is no longer
    public void askTrain(int train, int bytes) {
        sender.ask(train, session, bytes);
        due = true;
    }

    @Override
    public int next() {
        return due ? nextDue() : 0;
    }

    private int nextDue() {
        if (apart) {
            // What bears a timestamp goes by a call of its own.
            apart = false;
            return 0;
        }
        if (toAnswerCount > 0) {
            apart = true;
            return say(EchoFormat.ANSWER, finishAnswer(), EchoFormat.LENGTH);
        }
        if (wanted > 0) {
            wanted--;
            apart = true;
            return say(EchoFormat.ECHO, makeEcho(), EchoFormat.LENGTH);
        }
        int length = receiver.result();
        if (length > 0) {
            return say(EchoFormat.RESULT, receiver.address(), length);
        }
        length = sender.ended();
        if (length > 0) {
            return say(EchoFormat.END, sender.address(), length);
        }
        length = sender.next(stamps);
        due = length > 0;
        return due ? say(EchoFormat.TRAIN, sender.address(), length) : 0;
    }

    private int say(int what, long where, int length) {
        kind = what;
        address = where;
        return length;
    }

    @Override
    public int kind() {
        return kind;
    }

    @Override
    public long address() {
        return address;
    }

    private long makeEcho() {
        long number = sequence;
        int slot = (int) number & UNDER_WAY - 1;
        sentSequence[slot] = (int) number;
        awaited[slot] = true;
        here = counted();
        sequence = number + 1;
        NetworkOrder.put32(echo, EchoFormat.SEQUENCE, (int) number);
        NetworkOrder.put16(echo, EchoFormat.ERROR, error(-1));
        NetworkOrder.put16(echo, EchoFormat.SESSION, session);
        NetworkOrder.put64(echo, EchoFormat.CLOCK, clockId);
        long real = stamps.realtimeNs();
        sentRealNs[slot] = real;
        EchoFormat.timestamp(echo, EchoFormat.TIMESTAMP, real);
        sentNs[slot] = stamps.monotonicNs();
        return echo.address();
    }

    private Echo.Counts counted() {
        return new Echo.Counts(
                counts.expected(),
                counts.missing(),
                counts.late(),
                counts.breaks(),
                counts.extent(),
                counts.bytesIn() + kernelBytesIn,
                counts.datagramsIn(),
                kernelToo);
    }

    private static int error(long ageNs) {
        return ageNs < 0 ? EchoFormat.ERROR_LOOP : EchoFormat.ERROR_KERNEL;
    }

    /// How long ago the datagram at hand arrived; negative: the kernel does not tell.
    private long age(long realNs) {
        long age = kernelStamps ? stamps.arrivalAgeNs(realNs) : -1;
        return age > MOST_OLD_NS ? -1 : age;
    }

    @Override
    public void onMessage(int what, MemorySegment slab, long at, int length) {
        boolean sound = switch (what) {
            case EchoFormat.ECHO -> onEcho(slab, at, length);
            case EchoFormat.ANSWER -> onAnswer(slab, at, length);
            case EchoFormat.TRAIN -> receiver.onDatagram(slab, at, length, stamps);
            case EchoFormat.END -> mayAnswer() && receiver.onEnd(slab, at, length);
            case EchoFormat.RESULT -> onResult(slab, at, length);
            default -> false;
        };
        due = true;
        if (!sound) {
            refused = refused + 1;
        }
    }

    private boolean mayAnswer() {
        long now = stamps.monotonicNs();
        if (now - answersSinceNs >= 1_000_000_000L) {
            answersSinceNs = now;
            answered = 0;
        }
        return ++answered <= ANSWERS_A_SECOND;
    }

    private boolean onEcho(MemorySegment slab, long at, int length) {
        if (length < EchoFormat.LENGTH || toAnswerCount == MOST_ANSWERS || !mayAnswer()) {
            return false;
        }
        MemorySegment answer = toAnswer[(toAnswerFirst + toAnswerCount) % MOST_ANSWERS];
        long real = stamps.realtimeNs();
        long age = age(real);
        EchoFormat.timestamp(answer, EchoFormat.RECEIVED, real - Math.max(0, age));
        NetworkOrder.put16(answer, EchoFormat.ERROR, error(age));
        MemorySegment.copy(slab, at + EchoFormat.SEQUENCE, answer, EchoFormat.SEQUENCE, 4);
        MemorySegment.copy(slab, at + EchoFormat.SESSION, answer, EchoFormat.SESSION, 2);
        MemorySegment.copy(slab, at + EchoFormat.SEQUENCE, answer, EchoFormat.ECHO_SEQUENCE, 4);
        MemorySegment.copy(slab, at + EchoFormat.TIMESTAMP, answer, EchoFormat.ECHO_TIMESTAMP, 8);
        MemorySegment.copy(slab, at + EchoFormat.ERROR, answer, EchoFormat.ECHO_ERROR, 2);
        toAnswerCount++;
        return true;
    }

    private long finishAnswer() {
        MemorySegment answer = toAnswer[toAnswerFirst];
        toAnswerFirst = (toAnswerFirst + 1) % MOST_ANSWERS;
        toAnswerCount--;
        answers = answers + 1;
        Echo.Counts told = counted();
        boolean numbered = told.expected() >= 0;
        NetworkOrder.put64(answer, EchoFormat.CLOCK, clockId);
        NetworkOrder.put32(
                answer,
                EchoFormat.FLAGS,
                (numbered ? EchoFormat.FLAG_SEQUENCES : 0) | (kernelToo ? EchoFormat.FLAG_KERNEL_TOO : 0));
        NetworkOrder.put64(answer, EchoFormat.EXPECTED, told.expected());
        NetworkOrder.put64(answer, EchoFormat.MISSING, told.missing());
        NetworkOrder.put64(answer, EchoFormat.LATE, told.late());
        NetworkOrder.put32(answer, EchoFormat.BREAKS, (int) told.breaks());
        NetworkOrder.put32(answer, EchoFormat.EXTENT, (int) told.extent());
        NetworkOrder.put64(answer, EchoFormat.BYTES, told.bytes());
        NetworkOrder.put64(answer, EchoFormat.DATAGRAMS, told.datagrams());
        EchoFormat.timestamp(answer, EchoFormat.TIMESTAMP, stamps.realtimeNs());
        return answer.address();
    }

    private boolean onAnswer(MemorySegment slab, long at, int length) {
        if (length < EchoFormat.LENGTH || NetworkOrder.u16(slab, at + EchoFormat.SESSION) != session) {
            return false;
        }
        int number = NetworkOrder.i32(slab, at + EchoFormat.ECHO_SEQUENCE);
        int slot = number & UNDER_WAY - 1;
        if (!awaited[slot]
                || sentSequence[slot] != number
                || EchoFormat.timestamp(slab, at + EchoFormat.ECHO_TIMESTAMP) != sentRealNs[slot]) {
            return false;
        }
        long received = EchoFormat.timestamp(slab, at + EchoFormat.RECEIVED);
        long left = EchoFormat.timestamp(slab, at + EchoFormat.TIMESTAMP);
        long held = left - received;
        long real = stamps.realtimeNs();
        long now = stamps.monotonicNs();
        long age = age(real);
        long elapsed = now - Math.max(0, age) - sentNs[slot];
        if (received < 0 || left < 0 || held < 0 || held > MOST_HELD_NS || elapsed < held) {
            return false;
        }
        awaited[slot] = false;
        if (waiting.incrementAndGet() > MOST_WAITING) {
            waiting.decrementAndGet();
            return true;
        }
        long clock = NetworkOrder.i64(slab, at + EchoFormat.CLOCK);
        int theirs = NetworkOrder.u16(slab, at + EchoFormat.ERROR);
        long low = sequence - UNDER_WAY;
        echoes.add(new Echo(
                low + (number - (int) low & UNDER_WAY - 1),
                now,
                elapsed - held,
                received - sentRealNs[slot],
                real - Math.max(0, age) - left,
                EchoFormat.error(theirs) + EchoFormat.error(error(age)),
                clock != 0 && clock == clockId,
                counts(slab, at)));
        return true;
    }

    private static Echo.Counts counts(MemorySegment slab, long at) {
        int flags = NetworkOrder.i32(slab, at + EchoFormat.FLAGS);
        return new Echo.Counts(
                (flags & EchoFormat.FLAG_SEQUENCES) == 0 ? -1 : NetworkOrder.i64(slab, at + EchoFormat.EXPECTED),
                NetworkOrder.i64(slab, at + EchoFormat.MISSING),
                NetworkOrder.i64(slab, at + EchoFormat.LATE),
                NetworkOrder.u32(slab, at + EchoFormat.BREAKS),
                NetworkOrder.u32(slab, at + EchoFormat.EXTENT),
                NetworkOrder.i64(slab, at + EchoFormat.BYTES),
                NetworkOrder.i64(slab, at + EchoFormat.DATAGRAMS),
                (flags & EchoFormat.FLAG_KERNEL_TOO) != 0);
    }

    private boolean onResult(MemorySegment slab, long at, int length) {
        TrainResult told = TrainResult.read(slab, at, length, session);
        if (told == null || told.train() != sender.train()) {
            return false;
        }
        trainResult = told;
        return true;
    }
}
