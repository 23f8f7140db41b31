package org.vnetp.overlay.frame;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An off-heap array of `struct iovec` for readv, writev, sendmsg: slices of memory in order. It
/// owns the array, never what the slices point to. One thread.
public final class ScatterList {
    /// sizeof(struct iovec)
    public static final int ENTRY_LENGTH = 16;

    private final MemorySegment entries;
    private final long address;
    private final int capacity;
    private int count;
    private int totalBytes;

    /// @param capacity most slices; the kernel takes at most 1024 (UIO_MAXIOV) in one call
    public ScatterList(Arena arena, int capacity) {
        this.entries = arena.allocate((long) capacity * ENTRY_LENGTH, ENTRY_LENGTH);
        this.address = entries.address();
        this.capacity = capacity;
    }

    public void clear() {
        count = 0;
        totalBytes = 0;
    }

    /// Appends a slice; joins it to the last one where they touch.
    ///
    /// @return false, and nothing changed, when the list is full
    public boolean add(long sliceAddress, int length) {
        if (count > 0) {
            long last = (long) (count - 1) * ENTRY_LENGTH;
            long lastLength = entries.get(ValueLayout.JAVA_LONG, last + 8);
            if (entries.get(ValueLayout.JAVA_LONG, last) + lastLength == sliceAddress) {
                entries.set(ValueLayout.JAVA_LONG, last + 8, lastLength + length);
                totalBytes += length;
                return true;
            }
        }
        return addSeparately(sliceAddress, length);
    }

    /// Appends a slice as an entry of its own.
    public boolean addSeparately(long sliceAddress, int length) {
        if (count == capacity) {
            return false;
        }
        long at = (long) count * ENTRY_LENGTH;
        entries.set(ValueLayout.JAVA_LONG, at, sliceAddress);
        entries.set(ValueLayout.JAVA_LONG, at + 8, length);
        count++;
        totalBytes += length;
        return true;
    }

    /// Puts another slice in the place of the first.
    public void first(long sliceAddress, int length) {
        totalBytes += length - sliceLength(0);
        entries.set(ValueLayout.JAVA_LONG, 0, sliceAddress);
        entries.set(ValueLayout.JAVA_LONG, 8, length);
    }

    public int count() {
        return count;
    }

    public int capacity() {
        return capacity;
    }

    /// Sum of the slices' lengths.
    public int totalBytes() {
        return totalBytes;
    }

    /// Address of the first iovec.
    public long address() {
        return address;
    }

    /// Address of slice `index`.
    public long sliceAddress(int index) {
        return entries.get(ValueLayout.JAVA_LONG, (long) index * ENTRY_LENGTH);
    }

    /// Length of slice `index`.
    public int sliceLength(int index) {
        return (int) entries.get(ValueLayout.JAVA_LONG, (long) index * ENTRY_LENGTH + 8);
    }
}
