package org.vnetp.nas;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/// The rows of [ReadmeRunTest] that are not of results: networks, nodes and what is printed.
@Tag("launcher")
@Timeout(300)
class ReadmeNetworkRunTest extends ReadmeRunTest {
    @Override
    boolean ours(String smallest) {
        return !OF_RESULTS.matcher(smallest).lookingAt();
    }
}
