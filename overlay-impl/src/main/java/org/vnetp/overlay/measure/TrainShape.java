package org.vnetp.overlay.measure;

import java.util.ArrayList;
import java.util.List;

/// What the points of a train say about its way: at which rate its parts came, and at which they
/// were sent. A lot that came at one time is one point, its last.
final class TrainShape {
    private static final double SLOWER = 0.95;

    /// A queue that grows by so much of a train's time is one, and no accident of a busy machine.
    private static final double GROWTH = 0.04;

    private final List<TrainResult.Point> points = new ArrayList<>();
    private final int size;

    /// @param size bytes that each datagram counts for
    TrainShape(TrainResult result, int size) {
        this.size = size;
        for (TrainResult.Point point : result.points()) {
            if (!points.isEmpty() && points.getLast().receivedNs() == point.receivedNs()) {
                points.removeLast();
            }
            points.add(point);
        }
    }

    /// Points at different times in a part.
    int points(double from, double to) {
        return at(to) - at(from) + 1;
    }

    /// The first point after so much of the time in which the train came. By time, not by bytes:
    /// what a token bucket's burst lets pass is many bytes, but takes hardly any time.
    private int at(double part) {
        if (points.isEmpty()) {
            return 0;
        }
        long first = points.getFirst().receivedNs();
        double wanted = part * (points.getLast().receivedNs() - first);
        int at = 0;
        while (at < points.size() - 1 && points.get(at).receivedNs() - first < wanted) {
            at++;
        }
        return at;
    }

    /// How long a part took to come, nanoseconds.
    long receivedNs(double from, double to) {
        return points.isEmpty()
                ? 0
                : points.get(at(to)).receivedNs() - points.get(at(from)).receivedNs();
    }

    /// The rate at which a part came, bit/s; NaN: nobody can tell.
    double receivedRate(double from, double to, int messageBytes) {
        long elapsed = receivedNs(from, to);
        if (elapsed <= 0) {
            return Double.NaN;
        }
        double datagrams =
                (double) (points.get(at(to)).bytes() - points.get(at(from)).bytes()) / messageBytes;
        return datagrams * size * 8e9 / elapsed;
    }

    /// The rate at which that part was sent, bit/s; NaN: nobody can tell.
    double sentRate(double from, double to) {
        if (points.isEmpty()) {
            return Double.NaN;
        }
        TrainResult.Point first = points.get(at(from));
        TrainResult.Point last = points.get(at(to));
        long elapsed = last.sentNs() - first.sentNs();
        return elapsed <= 0 ? Double.NaN : (last.index() - first.index()) * (double) size * 8e9 / elapsed;
    }

    /// Whether its second half tells both rates.
    boolean tells(int messageBytes) {
        return !Double.isNaN(receivedRate(0.5, 1, messageBytes)) && !Double.isNaN(sentRate(0.5, 1));
    }

    /// At which share of the rate at which it was sent its second half came; NaN: nobody can tell.
    double share(int messageBytes) {
        return receivedRate(0.5, 1, messageBytes) / sentRate(0.5, 1);
    }

    /// Whether its second half came as fast as it was sent, and met no growing queue.
    boolean keepsUp(int messageBytes) {
        return share(messageBytes) >= SLOWER && !(delayGrowthNs(0.5, 1) > GROWTH * receivedNs(0.5, 1));
    }

    /// How much longer the way took at the end of a part than at its beginning, by medians of three
    /// points at each end, nanoseconds.
    double delayGrowthNs(double from, double to) {
        int first = at(from);
        int last = at(to);
        if (last - first < 6) {
            return Double.NaN;
        }
        return median(last - 2) - median(first);
    }

    private double median(int at) {
        double a = delay(at);
        double b = delay(at + 1);
        double c = delay(at + 2);
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    private double delay(int at) {
        return points.get(at).receivedNs() - points.get(at).sentNs();
    }
}
