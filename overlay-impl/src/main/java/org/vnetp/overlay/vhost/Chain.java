package org.vnetp.overlay.vhost;

import org.vnetp.overlay.frame.ScatterList;

/// One buffer of a guest, as a ring's descriptors told it once: slices of memory here, in order. Reused;
/// one loop's.
///
/// The memory stays the guest's, which may change it at any time.
final class Chain {
    private final long[] address;
    private final long[] guest;
    private final int[] length;
    private int count;
    private int bytes;
    /// What the ring wants to hear when the buffer is given back.
    int id;
    /// Slots that the buffer has in a packed ring.
    int slots;

    /// @param slices most slices
    Chain(int slices) {
        address = new long[slices];
        guest = new long[slices];
        length = new int[slices];
    }

    void clear() {
        count = 0;
        bytes = 0;
    }

    /// Takes a range of guest memory, in as many slices as it crosses regions.
    ///
    /// @return null, or what is wrong with it
    String add(GuestMemory memory, long from, int size) {
        if (size < 0 || bytes + size < 0) {
            return "a descriptor, or a chain of them, is longer than 2 GiB";
        }
        long at = from;
        int left = size;
        while (left > 0) {
            int region = memory.find(at);
            if (region < 0) {
                return "a descriptor points outside of the guest's memory";
            }
            if (count == address.length) {
                return "a chain has more than " + address.length + " parts";
            }
            int part = (int) Math.min(left, memory.left(region, at));
            address[count] = memory.host(region, at);
            guest[count] = at;
            length[count] = part;
            count++;
            at += part;
            left -= part;
        }
        bytes += size;
        return null;
    }

    int count() {
        return count;
    }

    /// Bytes of all slices.
    int bytes() {
        return bytes;
    }

    long address(int slice) {
        return address[slice];
    }

    /// The slice's guest-physical address.
    long guest(int slice) {
        return guest[slice];
    }

    int length(int slice) {
        return length[slice];
    }

    /// Copies out of the buffer; that many bytes are there.
    void copyTo(long target, int from, int size) {
        int slice = 0;
        int skip = from;
        while (skip >= length[slice] && skip > 0) {
            skip -= length[slice++];
        }
        long to = target;
        int left = size;
        while (left > 0) {
            int part = Math.min(left, length[slice] - skip);
            Memory.copy(address[slice] + skip, to, part);
            to += part;
            left -= part;
            slice++;
            skip = 0;
        }
    }

    /// Tells all slices from a byte on.
    ///
    /// @return false, and nothing told, where they are too many
    boolean lend(int from, ScatterList to) {
        int slice = 0;
        int skip = from;
        while (skip >= length[slice]) {
            skip -= length[slice++];
        }
        if (count - slice > to.capacity()) {
            return false;
        }
        for (; slice < count; slice++) {
            to.addSeparately(address[slice] + skip, length[slice] - skip);
            skip = 0;
        }
        return true;
    }
}
