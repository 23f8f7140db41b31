package org.vnetp.overlay.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Tells the shape of a traffic matrix, as VTTIF does (A. Gupta, P. Dinda, "Inferring the topology
/// and traffic load of parallel programs running in a virtual machine environment", JSSPP 2004):
/// both directions of a pair are added, divided by the largest, and what is below a threshold is
/// pruned. What is left is compared with the shapes of [Topology].
///
/// A shape is judged by two shares: how evenly its edges are used, and how much of all bytes they
/// carry. Their product is the confidence. Several thresholds are tried, as nobody knows how uneven
/// an application's edges are; the shape of the most confidence is told. Shapes that are one for
/// few guests (a ring of three is all to all, a mesh of two by two a ring) are told by the first
/// name that [Topology] has for them beside all to all.
public final class TopologyFinder {
    /// What is told.
    ///
    /// @param confidence 0 to 1; of [Topology#IRREGULAR] how far the best shape was from being one
    /// @param edges      pairs of guests by which it was told, each the lower index first
    public record Found(Topology topology, double confidence, List<int[]> edges) {}

    private static final double[] THRESHOLDS = {0.05, 0.1, 0.2, 0.35, 0.5};

    /// With less a shape is none.
    private static final double LEAST = 0.5;

    /// More guests are not compared with meshes, whose search could take long.
    private static final int MOST_MESH = 256;

    private TopologyFinder() {}

    /// @param rates   bytes a second from each guest to each other; the diagonal is not looked at
    /// @param nothing a pair's bytes a second that are nobody's demand (ARP, say)
    public static Found find(double[][] rates, double nothing) {
        int guests = rates.length;
        double[][] weights = new double[guests][guests];
        double most = 0;
        double all = 0;
        for (int i = 0; i < guests; i++) {
            for (int j = i + 1; j < guests; j++) {
                double sum = rates[i][j] + rates[j][i];
                if (sum > nothing) {
                    weights[i][j] = sum;
                    weights[j][i] = sum;
                    most = Math.max(most, sum);
                    all += sum;
                }
            }
        }
        if (most == 0) {
            return new Found(Topology.NONE, 1, List.of());
        }
        Found best = new Found(Topology.IRREGULAR, 0, edges(weights, THRESHOLDS[1] * most));
        for (double threshold : THRESHOLDS) {
            List<int[]> edges = edges(weights, threshold * most);
            Topology shape = shape(guests, edges);
            if (shape == Topology.IRREGULAR) {
                continue;
            }
            double confidence = confidence(weights, edges, all);
            if (confidence > best.confidence()) {
                best = new Found(shape, confidence, edges);
            }
        }
        return best.confidence() >= LEAST
                ? best
                : new Found(Topology.IRREGULAR, 1 - best.confidence(), edges(weights, THRESHOLDS[1] * most));
    }

    private static List<int[]> edges(double[][] weights, double least) {
        List<int[]> edges = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            for (int j = i + 1; j < weights.length; j++) {
                if (weights[i][j] >= least) {
                    edges.add(new int[] {i, j});
                }
            }
        }
        return edges;
    }

    private static double confidence(double[][] weights, List<int[]> edges, double all) {
        double sum = 0;
        for (int[] edge : edges) {
            sum += weights[edge[0]][edge[1]];
        }
        double mean = sum / edges.size();
        double even = 0;
        for (int[] edge : edges) {
            even += Math.min(1, weights[edge[0]][edge[1]] / mean) / edges.size();
        }
        return even * sum / all;
    }

    private static Topology shape(int guests, List<int[]> edges) {
        int[] degree = new int[guests];
        for (int[] edge : edges) {
            degree[edge[0]]++;
            degree[edge[1]]++;
        }
        int talking = (int) Arrays.stream(degree).filter(d -> d > 0).count();
        // Guests that are silent take no part: a program may use fewer than there are.
        if (Arrays.stream(degree).allMatch(d -> d <= 1)) {
            return Topology.PAIRS;
        }
        if (edges.size() == talking * (talking - 1) / 2) {
            return Topology.ALL_TO_ALL;
        }
        int most = Arrays.stream(degree).max().orElse(0);
        if (edges.size() == talking - 1 && most == talking - 1) {
            return Topology.HUB;
        }
        boolean[][] joined = new boolean[guests][guests];
        for (int[] edge : edges) {
            joined[edge[0]][edge[1]] = true;
            joined[edge[1]][edge[0]] = true;
        }
        int[] talkers = java.util.stream.IntStream.range(0, guests)
                .filter(i -> degree[i] > 0)
                .toArray();
        if (!connected(joined, talkers)) {
            return Topology.IRREGULAR;
        }
        if (edges.size() == talking && Arrays.stream(talkers).allMatch(i -> degree[i] == 2)) {
            return Topology.RING;
        }
        return talking <= MOST_MESH && MeshFinder.isMesh(joined, talkers, edges.size())
                ? Topology.MESH
                : Topology.IRREGULAR;
    }

    private static boolean connected(boolean[][] joined, int[] talkers) {
        boolean[] seen = new boolean[joined.length];
        int[] queue = new int[joined.length];
        int head = 0;
        int tail = 0;
        queue[tail++] = talkers[0];
        seen[talkers[0]] = true;
        while (head < tail) {
            int at = queue[head++];
            for (int next : talkers) {
                if (joined[at][next] && !seen[next]) {
                    seen[next] = true;
                    queue[tail++] = next;
                }
            }
        }
        return tail == talkers.length;
    }
}
