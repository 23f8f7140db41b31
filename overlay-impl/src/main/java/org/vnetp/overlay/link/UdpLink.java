package org.vnetp.overlay.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import org.vnetp.overlay.frame.Ecn;
import org.vnetp.overlay.frame.ScatterList;
import org.vnetp.overlay.posix.Errno;
import org.vnetp.overlay.posix.Posix;
import org.vnetp.overlay.posix.SocketAddresses;
import org.vnetp.overlay.stats.DropCounters;
import org.vnetp.overlay.stats.DropReason;
import org.vnetp.overlay.stats.PortCounter;
import org.vnetp.overlay.stats.PortCounters;

/// A link over a connected UDP socket. A train leaves by one sendmsg with UDP_SEGMENT, several by one sendmmsg;
/// merged datagrams (UDP_GRO) arrive by one recvmsg, single ones by recvmmsg.
///
/// Where the path cannot segment (EIO, EINVAL: no checksum offload, an old kernel) the link counts it, sends datagram
/// by datagram and tries again after a while ([SegmentedSends]). The socket may be shared by the links of several
/// loops, this object belongs
/// to one.
public final class UdpLink implements Link {
    /// Most datagrams of one segmented send that every kernel since 4.18 takes.
    static final int MAX_SEGMENTS = 64;

    private static final int SLICES = 4096;
    /// Slices of the longest frame: at the smallest chunk a header and a payload slice each, and one more for each
    /// slab slice.
    private static final int FRAME_SLICES = 800;
    private static final int MESSAGES = 64;
    private static final int MESSAGE_LENGTH = 64;
    private static final int SINGLES_PER_RECEIVE = 32;

    // struct msghdr within struct mmsghdr
    private static final int NAME_LENGTH_FIELD_OFFSET = 8;
    private static final int IOV_FIELD_OFFSET = 16;
    private static final int IOV_COUNT_FIELD_OFFSET = 24;
    private static final int CONTROL_FIELD_OFFSET = 32;
    private static final int CONTROL_LENGTH_FIELD_OFFSET = 40;
    private static final int FLAGS_FIELD_OFFSET = 48;
    private static final int RECEIVED_FIELD_OFFSET = 56;

    private static final int MSG_CTRUNC = 8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;

    private final UdpSocket socket;
    private final int fd;
    private final DropCounters drops;
    private final PortCounters counters;
    private final TrainBuffer trains;
    private final MemorySegment sendMessages;
    private final MemorySegment sendControls;
    private final MemorySegment receiveMessages;
    private final MemorySegment receiveControls;
    private final MemorySegment receiveVectors;
    private final ControlMessages control = new ControlMessages();
    private final int[] messageDatagrams = new int[MESSAGES];

    private final SegmentedSends segmentedSends;
    private boolean segmentation;
    private boolean singles;

    // Where a flush stands: the train, and the slice and bytes of it already sent.
    private int train;
    private int trainSlice;
    private int trainDatagrams;
    private int trainBytes;
    private int refusals;
    private int death;

    public UdpLink(Arena arena, UdpSocket socket, DropCounters drops, PortCounters counters) {
        this.socket = socket;
        this.fd = socket.descriptor();
        this.segmentedSends = socket.segmentedSends();
        this.drops = drops;
        this.counters = counters;
        this.trains = new TrainBuffer(arena, SLICES, MAX_SEGMENTS, socket.maxMessageBytes());
        this.sendMessages = arena.allocate((long) MESSAGES * MESSAGE_LENGTH, 64);
        this.sendControls = arena.allocate((long) MESSAGES * ControlMessages.SENT_LENGTH, 64);
        this.receiveMessages = arena.allocate((long) MESSAGES * MESSAGE_LENGTH, 64);
        this.receiveControls = arena.allocate((long) MESSAGES * ControlMessages.RECEIVED_LENGTH, 64);
        this.receiveVectors = arena.allocate((long) MESSAGES * ScatterList.ENTRY_LENGTH, 64);
        for (int i = 0; i < MESSAGES; i++) {
            ControlMessages.prepare(sendControls, (long) i * ControlMessages.SENT_LENGTH, socket.ipv6());
            long message = (long) i * MESSAGE_LENGTH;
            receiveMessages.set(
                    ValueLayout.JAVA_LONG,
                    message + IOV_FIELD_OFFSET,
                    receiveVectors.address() + (long) i * ScatterList.ENTRY_LENGTH);
            receiveMessages.set(ValueLayout.JAVA_LONG, message + IOV_COUNT_FIELD_OFFSET, 1);
            receiveMessages.set(
                    ValueLayout.JAVA_LONG,
                    message + CONTROL_FIELD_OFFSET,
                    receiveControls.address() + (long) i * ControlMessages.RECEIVED_LENGTH);
        }
        nameDestination(arena, socket.destination());
    }

    private void nameDestination(Arena arena, InetSocketAddress destination) {
        if (destination == null) {
            return;
        }
        long name = SocketAddresses.encode(arena, destination).address();
        for (int i = 0; i < MESSAGES; i++) {
            sendMessages.set(ValueLayout.JAVA_LONG, (long) i * MESSAGE_LENGTH, name);
            sendMessages.set(
                    ValueLayout.JAVA_INT,
                    (long) i * MESSAGE_LENGTH + NAME_LENGTH_FIELD_OFFSET,
                    SocketAddresses.length(destination));
        }
    }

    // --- sending, in the order a train meets it ---

    @Override
    public void slice(long address, int length) {
        trains.slice(address, length);
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        trains.endTrain(segmentSize, datagrams, totalBytes, ecn);
    }

    @Override
    public boolean hasRoom() {
        return trains.hasRoom(FRAME_SLICES);
    }

    @Override
    public boolean staged() {
        return trains.trains() > 0;
    }

    @Override
    public int stagedBytes() {
        return trains.totalBytes();
    }

    @Override
    public boolean flush(Posix posix) {
        segmentation = segmentedSends.allowed();
        while (train < trains.trains()) {
            int messages = describe();
            counters.increment(PortCounter.CALLS_OUT);
            int sent = messages == 1
                    ? Math.min(posix.sendmsg(fd, sendMessages.address(), 0), 1)
                    : posix.sendmmsg(fd, sendMessages.address(), messages, 0);
            if (sent < 0) {
                if (sent == -Errno.EAGAIN) {
                    return false;
                }
                onSendError(posix, -sent, messages);
                continue;
            }
            // sendmsg gives bytes, which are never 0 here; sendmmsg gives messages.
            advance(messages == 1 ? 1 : sent);
            refusals = 0;
        }
        counters.add(PortCounter.WIRE_BYTES_OUT, trains.totalBytes());
        clear();
        return true;
    }

    private void clear() {
        trains.clear();
        train = 0;
        trainSlice = 0;
        trainDatagrams = 0;
        trainBytes = 0;
    }

    @Override
    public int leaving(Posix posix) {
        return Math.max(0, posix.unsent(fd));
    }

    @Override
    public int discard() {
        int datagrams = -trainDatagrams;
        for (int i = train; i < trains.trains(); i++) {
            datagrams += trains.datagrams(i);
        }
        clear();
        return datagrams;
    }

    /// Fills in messages from where the flush stands; returns how many.
    private int describe() {
        int messages = 0;
        int atTrain = train;
        int atSlice = trainSlice;
        int atDatagrams = trainDatagrams;
        int atBytes = trainBytes;
        while (messages < MESSAGES && atTrain < trains.trains()) {
            int size = trains.segmentSize(atTrain);
            int ecn = trains.ecn(atTrain);
            int leftDatagrams = trains.datagrams(atTrain) - atDatagrams;
            int leftBytes = trains.bytes(atTrain) - atBytes;
            int first = atDatagrams == 0 ? trains.firstSlice(atTrain) : atSlice;
            int most = segmentation ? MAX_SEGMENTS : 1;
            int end;
            int datagrams;
            if (leftDatagrams <= most
                    && leftBytes <= socket.maxMessageBytes()
                    && trains.endSlice(atTrain) - first <= TrainBuffer.MAX_MESSAGE_SLICES) {
                end = trains.endSlice(atTrain);
                datagrams = leftDatagrams;
                atTrain++;
                atDatagrams = 0;
                atBytes = 0;
            } else {
                int wanted = Math.min(Math.min(leftDatagrams, most), Math.max(1, socket.maxMessageBytes() / size));
                int wantedBytes = Math.min(leftBytes, wanted * size);
                end = first;
                int bytes = 0;
                datagrams = 0;
                int wholeEnd = first;
                while (bytes < wantedBytes && end - first < TrainBuffer.MAX_MESSAGE_SLICES) {
                    bytes += trains.slices().sliceLength(end++);
                    if (bytes % size == 0 || bytes == leftBytes) {
                        datagrams = (bytes + size - 1) / size;
                        wholeEnd = end;
                    }
                }
                end = wholeEnd;
                int whole = Math.min(leftBytes, datagrams * size);
                if (whole == leftBytes) {
                    atTrain++;
                    atDatagrams = 0;
                    atBytes = 0;
                } else {
                    atDatagrams += datagrams;
                    atBytes += whole;
                    atSlice = end;
                }
            }
            message(messages, first, end, datagrams, size, ecn);
            messages++;
        }
        return messages;
    }

    private void message(int index, int firstSlice, int endSlice, int datagrams, int segmentSize, int ecn) {
        long at = (long) index * MESSAGE_LENGTH;
        sendMessages.set(
                ValueLayout.JAVA_LONG,
                at + IOV_FIELD_OFFSET,
                trains.slices().address() + (long) firstSlice * ScatterList.ENTRY_LENGTH);
        sendMessages.set(ValueLayout.JAVA_LONG, at + IOV_COUNT_FIELD_OFFSET, endSlice - firstSlice);
        messageDatagrams[index] = datagrams;
        // What is not said is not sent: a lone datagram with UDP_SEGMENT is refused by some paths, and one with a TOS,
        // be it 0, makes the kernel look for its route anew.
        long said = (long) index * ControlMessages.SENT_LENGTH;
        long length = 0;
        if (datagrams > 1) {
            ControlMessages.segmentSize(sendControls, said, segmentSize);
            length = ControlMessages.SEGMENT_LENGTH;
        }
        if (ecn != Ecn.NOT_ECT) {
            ControlMessages.ecn(sendControls, said, ecn);
            said += ControlMessages.SEGMENT_LENGTH - length;
            length += ControlMessages.ECN_LENGTH;
        }
        sendMessages.set(
                ValueLayout.JAVA_LONG, at + CONTROL_FIELD_OFFSET, length == 0 ? 0 : sendControls.address() + said);
        sendMessages.set(ValueLayout.JAVA_LONG, at + CONTROL_LENGTH_FIELD_OFFSET, length);
    }

    /// Takes note that the first `sent` messages are gone.
    private void advance(int sent) {
        for (int i = 0; i < sent; i++) {
            int datagrams = messageDatagrams[i];
            if (datagrams > 1) {
                counters.increment(PortCounter.GSO_SENDS);
                segmentedSends.worked();
            }
            counters.add(PortCounter.DATAGRAMS_OUT, datagrams);
            skip(datagrams);
        }
    }

    private void skip(int datagrams) {
        if (trainDatagrams + datagrams >= trains.datagrams(train)) {
            train++;
            trainDatagrams = 0;
            trainBytes = 0;
            return;
        }
        int slice = trainDatagrams == 0 ? trains.firstSlice(train) : trainSlice;
        int wanted = datagrams * trains.segmentSize(train);
        trainDatagrams += datagrams;
        trainBytes += wanted;
        while (wanted > 0) {
            wanted -= trains.slices().sliceLength(slice++);
        }
        trainSlice = slice;
    }

    private void onSendError(Posix posix, int errno, int messages) {
        mourn(errno);
        boolean segmented = messageDatagrams[0] > 1;
        switch (errno) {
            case Errno.EINTR -> {}
            case Errno.EIO, Errno.EINVAL -> {
                if (!segmented) {
                    give(DropReason.LINK_ERROR);
                    return;
                }
                if (trains.segmentSize(train) > socket.remeasure(posix)) {
                    // The path has shrunk, which kernels before 6.14 say by EINVAL, later ones by EMSGSIZE.
                    give(DropReason.OVERSIZE);
                    return;
                }
                // The same datagrams go again, one by one.
                segmentation = false;
                segmentedSends.refused(errno);
                counters.increment(PortCounter.OFFLOAD_FALLBACKS);
            }
            case Errno.EMSGSIZE -> {
                socket.remeasure(posix);
                give(DropReason.OVERSIZE);
            }
            case Errno.ECONNREFUSED -> {
                // The peer's answer to an earlier datagram: this one has not been tried yet.
                if (refusals++ > 0) {
                    give(DropReason.LINK_ERROR);
                }
            }
            case Errno.ENOBUFS, Errno.ENOMEM -> give(DropReason.LINK_FULL);
            case Errno.ENETDOWN, Errno.ENETUNREACH, Errno.EHOSTUNREACH -> give(DropReason.LINK_DOWN);
            default -> give(DropReason.LINK_ERROR);
        }
    }

    private void give(DropReason reason) {
        drops.add(reason, messageDatagrams[0]);
        skip(messageDatagrams[0]);
    }

    // --- receiving ---

    @Override
    public int receive(Posix posix, ReceiveBatch batch) {
        int most = singles ? Math.min(SINGLES_PER_RECEIVE, batch.slots() - batch.next()) : 1;
        counters.increment(PortCounter.CALLS_IN);
        batch.begin();
        for (int i = 0; i < most; i++) {
            prepare(i, batch.slab().address() + batch.slotOffset(batch.next() + i));
        }
        if (most == 1) {
            int got = posix.recvmsg(fd, receiveMessages.address(), MSG_DONTWAIT);
            if (got < 0) {
                return onReceiveError(got);
            }
            received(0, got, batch);
        } else {
            int messages = posix.recvmmsg(fd, receiveMessages.address(), most, MSG_DONTWAIT);
            if (messages < 0) {
                return onReceiveError(messages);
            }
            for (int i = 0; i < messages; i++) {
                received(
                        i,
                        receiveMessages.get(ValueLayout.JAVA_INT, (long) i * MESSAGE_LENGTH + RECEIVED_FIELD_OFFSET),
                        batch);
            }
        }
        // Where the kernel merges, one message is a lot: take the next after this one is handled, while it is in
        // the cache.
        singles = batch.length(batch.count() - 1) <= batch.segmentSize(batch.count() - 1);
        return batch.count();
    }

    private void prepare(int index, long address) {
        long vector = (long) index * ScatterList.ENTRY_LENGTH;
        receiveVectors.set(ValueLayout.JAVA_LONG, vector, address);
        receiveVectors.set(ValueLayout.JAVA_LONG, vector + 8, ReceiveBatch.SLOT_LENGTH);
        long message = (long) index * MESSAGE_LENGTH;
        // The kernel has overwritten it with what it stored the last time.
        receiveMessages.set(
                ValueLayout.JAVA_LONG, message + CONTROL_LENGTH_FIELD_OFFSET, ControlMessages.RECEIVED_LENGTH);
        receiveMessages.set(ValueLayout.JAVA_INT, message + FLAGS_FIELD_OFFSET, 0);
    }

    private void received(int index, int length, ReceiveBatch batch) {
        long message = (long) index * MESSAGE_LENGTH;
        int flags = receiveMessages.get(ValueLayout.JAVA_INT, message + FLAGS_FIELD_OFFSET);
        if ((flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || length == 0) {
            drops.increment(DropReason.TRUNCATED);
            batch.received(0, 0, Ecn.NOT_ECT);
            return;
        }
        control.read(
                receiveControls,
                (long) index * ControlMessages.RECEIVED_LENGTH,
                receiveMessages.get(ValueLayout.JAVA_LONG, message + CONTROL_LENGTH_FIELD_OFFSET),
                length);
        int segmentSize = control.segmentSize();
        if (segmentSize < length) {
            counters.increment(PortCounter.GRO_RECEIVES);
            counters.add(PortCounter.DATAGRAMS_IN, (length + segmentSize - 1) / segmentSize);
        } else {
            counters.increment(PortCounter.DATAGRAMS_IN);
        }
        counters.add(PortCounter.WIRE_BYTES_IN, length);
        batch.received(length, segmentSize, control.ecn());
    }

    private int onReceiveError(int result) {
        // ECONNREFUSED and its like report an earlier datagram's fate; they were counted as sent, there is nothing
        // to receive.
        if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
            counters.increment(PortCounter.ERRORS);
            mourn(-result);
        }
        singles = false;
        return 0;
    }

    private void mourn(int errno) {
        if (UdpSocket.isDestroyed(errno)) {
            death = errno;
        }
    }

    @Override
    public int death() {
        return death;
    }

    @Override
    public void follow(Posix posix, InetSocketAddress peer) {
        if (socket.follow(posix, peer) < 0) {
            counters.increment(PortCounter.ERRORS);
        }
    }

    @Override
    public int datagramCapacity() {
        return socket.datagramCapacity();
    }

    @Override
    public int descriptor() {
        return fd;
    }

    /// Does nothing: the socket is closed by the node once no loop uses it.
    @Override
    public void close() {
        trains.clear();
    }
}
