package org.vnetp.overlay.link;

import org.vnetp.overlay.posix.Posix;

/// A link whose transport cannot be had at the moment. It has no path ([#datagramCapacity] is 0), so a loop drops what
/// is for it and counts that as the link's; nothing ever comes by it.
public final class NoLink implements Link {
    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public void slice(long address, int length) {
        // Nobody sends where there is no path.
    }

    @Override
    public void endTrain(int segmentSize, int datagrams, int totalBytes, int ecn) {
        // The same.
    }

    @Override
    public boolean staged() {
        return false;
    }

    @Override
    public int stagedBytes() {
        return 0;
    }

    @Override
    public boolean flush(Posix posix) {
        return true;
    }

    @Override
    public int discard() {
        return 0;
    }

    @Override
    public int receive(Posix posix, ReceiveBatch batch) {
        batch.begin();
        return 0;
    }

    @Override
    public int datagramCapacity() {
        return 0;
    }

    @Override
    public int descriptor() {
        return -1;
    }

    @Override
    public void close() {
        // It has nothing.
    }
}
