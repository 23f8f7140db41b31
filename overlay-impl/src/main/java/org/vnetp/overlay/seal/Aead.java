package org.vnetp.overlay.seal;

/// A key of a cipher, for one direction: it seals, or it opens. A datagram is its header ([#HEADER] bytes,
/// which are authenticated and not encrypted; the last 8 are the nonce's), the text, and a tag of [#TAG]
/// bytes.
///
/// The nonce is 4 bytes of salt, made with the key, and the header's last 8 bytes: their owner sees to it
/// that no two datagrams of a key have the same. **Thread:** one at a time. Addresses are of live memory
/// outside of the heap.
public interface Aead extends AutoCloseable {
    int HEADER = 16;
    int TAG = 16;

    /// Seals one datagram whose header stands at `header`. Ciphertext and tag are written behind it.
    ///
    /// @param text   address of the text; in place where it is right behind the header
    /// @param length bytes of it
    void seal(long header, long text, int length);

    /// Opens one datagram in place.
    ///
    /// @param header address of the header
    /// @param length bytes of the text, that is, of what is between header and tag
    /// @return whether it is authentic; what stands behind the header is garbage where not
    boolean open(long header, int length);

    /// Wipes the key, as far as its keeper can. Nobody may be in a call.
    @Override
    void close();
}
