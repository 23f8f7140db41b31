package org.vnetp.overlay.measure;

/// How many echoes of the last minute were not answered. Few as they are, it tells whether there is
/// an answer at all rather than small losses; its interval says so.
public final class EchoLossEstimator {
    /// An echo that is not answered by then is lost.
    public static final long TIMEOUT_NS = 2_000_000_000L;

    private static final int MOST = 128;

    private final long[] sentNs = new long[MOST];
    private final boolean[] answered = new boolean[MOST];
    private long next;

    /// @param sequence grows by one
    public void sent(long sequence, long timeNs) {
        int slot = (int) (sequence % MOST);
        sentNs[slot] = timeNs;
        answered[slot] = false;
        next = sequence + 1;
    }

    public void answered(long sequence) {
        if (sequence >= 0 && sequence < next && sequence >= next - MOST) {
            answered[(int) (sequence % MOST)] = true;
        }
    }

    public Estimate loss(long nowNs) {
        long trials = 0;
        long lost = 0;
        long first = 0;
        long last = 0;
        for (long sequence = next - 1; sequence >= Math.max(0, next - MOST); sequence--) {
            int slot = (int) (sequence % MOST);
            long age = nowNs - sentNs[slot];
            if (age > LossEstimator.SPAN_NS) {
                break;
            }
            if (!answered[slot] && age < TIMEOUT_NS) {
                continue;
            }
            last = trials == 0 ? age : last;
            first = age;
            trials++;
            lost += answered[slot] ? 0 : 1;
        }
        return Proportion.of(lost, trials, first - last, last);
    }

    /// Echoes in a row up to now that have waited for an answer for longer than this.
    public int unanswered(long nowNs, long patienceNs) {
        int waiting = 0;
        for (long sequence = next - 1; sequence >= Math.max(0, next - MOST); sequence--) {
            int slot = (int) (sequence % MOST);
            if (answered[slot]) {
                return waiting;
            }
            waiting += nowNs - sentNs[slot] >= patienceNs ? 1 : 0;
        }
        return waiting;
    }

    /// Echoes in a row up to now that were not answered in time.
    public int lostInARow(long nowNs) {
        return unanswered(nowNs, TIMEOUT_NS);
    }
}
