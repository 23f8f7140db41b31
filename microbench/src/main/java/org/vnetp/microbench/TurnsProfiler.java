package org.vnetp.microbench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;

/// Lets forks of several builds take turns, iteration by iteration: before each one, a fork says what it is about to
/// run and waits for its turn; after it, it says that it is done. So the same iteration of two builds runs within some
/// milliseconds, and what the machine does at that moment does to both (`./vnetp compare`).
///
/// The gate puts this class alone on the class path of builds that do not have it: it may need nothing but JMH and the
/// JDK, and no other class of its own.
public final class TurnsProfiler implements InternalProfiler {
    private final String path;
    private SocketChannel gate;

    /// @param path of the gate's Unix socket, as JMH hands it on from `-prof CLASS:PATH`
    public TurnsProfiler(String path) {
        this.path = path;
    }

    @Override
    public String getDescription() {
        return "forks of several builds take turns";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        try {
            if (gate == null) {
                gate = SocketChannel.open(StandardProtocolFamily.UNIX);
                gate.connect(UnixDomainSocketAddress.of(path));
            }
            StringBuilder line = new StringBuilder("ready ").append(benchmark.getBenchmark());
            for (String key : benchmark.getParamsKeys()) {
                line.append(';').append(key).append('=').append(benchmark.getParam(key));
            }
            say(line.append('\n').toString());
            if (gate.read(ByteBuffer.allocate(1)) < 1) {
                throw new IOException("the gate is gone");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("no turn by " + path, e);
        }
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        try {
            say("done\n");
        } catch (IOException e) {
            throw new UncheckedIOException("no turn by " + path, e);
        }
        return List.of();
    }

    private void say(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            gate.write(bytes);
        }
    }
}
