package org.vnetp.macrobench.testbed;

import java.util.List;
import java.util.Locale;
import org.vnetp.overlay.measure.Topology;
import org.vnetp.overlay.measure.TopologyFinder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Who has sent how much to whom, as the nodes of our overlay have counted it (`show matrix
/// --json`). What a guest sends is taken from its own node, so that nothing counts twice.
///
/// @param nanoTime when, as [System#nanoTime]; in a difference, the time between
/// @param guests   their names, in the order of the hosts
/// @param bytes    of frames, from each guest to each other; superframes as they are
public record GuestTraffic(long nanoTime, List<String> guests, long[][] bytes) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /// A pair's bytes a second that are nobody's demand.
    private static final double NOTHING = 1000;

    /// The bytes that a node's own guest has sent to each of the others.
    ///
    /// @param answer of the node
    /// @param from   the address of its guest
    /// @param to     the addresses of all guests
    static long[] row(String answer, String from, List<String> to) {
        long[] row = new long[to.size()];
        JsonNode pairs;
        try {
            pairs = JSON.readTree(answer).path("pairs");
        } catch (JacksonException e) {
            throw new FabricException("the node's matrix is no JSON: " + e.getOriginalMessage(), e);
        }
        for (JsonNode pair : pairs) {
            int at = to.indexOf(pair.path("destination").asString("").toLowerCase(Locale.ROOT));
            if (at >= 0 && pair.path("source").asString("").equalsIgnoreCase(from)) {
                row[at] += pair.path("bytes").asLong(0);
            }
        }
        return row;
    }

    /// What was sent between `earlier` and this. A node that was started anew has counted from zero
    /// since.
    public GuestTraffic minus(GuestTraffic earlier) {
        long[][] moved = new long[bytes.length][];
        for (int i = 0; i < bytes.length; i++) {
            moved[i] = bytes[i].clone();
            for (int j = 0; j < moved[i].length; j++) {
                moved[i][j] -= earlier.bytes[i][j] <= moved[i][j] ? earlier.bytes[i][j] : 0;
            }
        }
        return new GuestTraffic(nanoTime - earlier.nanoTime, guests, moved);
    }

    /// The shape of a difference.
    public TopologyFinder.Found shape() {
        double[][] rates = new double[bytes.length][bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            for (int j = 0; j < bytes.length; j++) {
                rates[i][j] = bytes[i][j] * 1e9 / Math.max(1, nanoTime);
            }
        }
        return TopologyFinder.find(rates, NOTHING);
    }

    /// A difference as a file: the shape in the first line, the names of the columns in the second,
    /// a line a pair.
    public String csv() {
        TopologyFinder.Found found = shape();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "# %s, confidence %.2f\nfrom,to,bytes,seconds\n",
                found.topology().label(),
                found.confidence()));
        for (int i = 0; i < bytes.length; i++) {
            for (int j = 0; j < bytes.length; j++) {
                text.append(guests.get(i))
                        .append(',')
                        .append(guests.get(j))
                        .append(',')
                        .append(bytes[i][j])
                        .append(',')
                        .append(nanoTime / 1e9)
                        .append('\n');
            }
        }
        return text.toString();
    }

    /// Whether anything was sent that the shape of [Topology] could be told by.
    public boolean any() {
        return shape().topology() != Topology.NONE;
    }
}
