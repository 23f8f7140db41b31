package org.vnetp.overlay.link;

import java.util.Queue;
import java.util.Random;

/// Impairments of an in-memory link; those that play dice take a seed.
public final class Impairments {
    private Impairments() {}

    /// All arrives, in order.
    public static InMemoryLink.Impairment none() {
        return (datagram, arrived) -> arrived.add(datagram);
    }

    /// Loses, repeats, holds back and corrupts, each with its probability.
    ///
    /// @param reorder probability that a datagram is held back until the next one has gone
    public static InMemoryLink.Impairment random(
            long seed, double loss, double duplicate, double reorder, double corrupt) {
        Random random = new Random(seed);
        byte[][] held = new byte[1][];
        return (datagram, arrived) -> {
            if (random.nextDouble() < loss) {
                return;
            }
            if (random.nextDouble() < corrupt) {
                datagram[random.nextInt(datagram.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (held[0] == null && random.nextDouble() < reorder) {
                held[0] = datagram;
                return;
            }
            arrive(datagram, arrived, random, duplicate);
            if (held[0] != null) {
                arrive(held[0], arrived, random, duplicate);
                held[0] = null;
            }
        };
    }

    private static void arrive(byte[] datagram, Queue<byte[]> arrived, Random random, double duplicate) {
        arrived.add(datagram);
        if (random.nextDouble() < duplicate) {
            arrived.add(datagram.clone());
        }
    }
}
