package org.vnetp.overlay.seal;

/// The key by which the datagrams of one of the peer's lanes are opened, and which of them have been. The
/// receiving loop's.
final class OpeningLane {
    private final Aead aead;
    private final StrictWindow window = new StrictWindow();

    OpeningLane(Aead aead) {
        this.aead = aead;
    }

    boolean mayBeNew(long number) {
        return window.mayBeNew(number);
    }

    /// Whether the number is newer than all that have been opened.
    boolean isAhead(long number) {
        return window.isAhead(number);
    }

    /// Opens a datagram in place, and marks its number where it is authentic.
    boolean open(long header, int length, long number) {
        if (!aead.open(header, length)) {
            return false;
        }
        window.mark(number);
        return true;
    }

    void close() {
        aead.close();
    }
}
