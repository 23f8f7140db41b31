/// Sealed links: what two nodes send each other is encrypted and authenticated, datagram by datagram, by
/// keys that they agree upon by themselves and change every two minutes.
///
/// A **decorator of a link**, not a format: [org.vnetp.overlay.seal.SealedLink] stands before a link and
/// seals what the `vnet` format makes, [org.vnetp.overlay.seal.SealedDecapsulator] opens it in the link's
/// receive slab and hands it to the format. Both are one loop's. Between them and the cold side stands
/// [org.vnetp.overlay.seal.Sealing], one a link: the keys in force ([org.vnetp.overlay.seal.Generation])
/// and the handshakes ([org.vnetp.overlay.seal.KeyExchange]), which control's thread carries out.
/// [org.vnetp.overlay.seal.Handshake] is Noise's pattern KK with X25519 and ML-KEM-768; identities are
/// files ([org.vnetp.overlay.seal.KeyFiles]).
///
/// Where the peer of a link may be anywhere [org.vnetp.overlay.seal.SealedStrays] finds out which datagrams that
/// came from elsewhere are its.
///
/// Nothing is negotiated: a link is sealed or plain, with one cipher, by its statement.
package org.vnetp.overlay.seal;
