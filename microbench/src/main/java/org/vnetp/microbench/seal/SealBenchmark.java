package org.vnetp.microbench.seal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.vnetp.overlay.seal.Aead;
import org.vnetp.overlay.seal.Ciphers;
import org.vnetp.overlay.seal.Suite;

/// One datagram sealed from where a guest's frame lies, and opened where it was received: what the two ends
/// of a sealed link do beyond those of a plain one.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealBenchmark {
    @Param({"64", "1448", "8948"})
    int textBytes;

    @Param({"AES_128_GCM", "AES_256_GCM", "CHACHA20_POLY1305"})
    Suite suite;

    @Param({"here", "libcrypto", "jdk"})
    String origin;

    private MemorySegment text;
    private MemorySegment datagram;
    private Aead sealing;
    private Aead opening;
    private long number;
    private long opened;
    private long refused;

    @Setup
    public void setUp() {
        Arena arena = Arena.ofAuto();
        text = arena.allocate(textBytes, 64).fill((byte) 7);
        datagram = arena.allocate(Aead.HEADER + textBytes + Aead.TAG, 64);
        byte[] key = new byte[suite.keyLength()];
        sealing = aead(key, true);
        opening = aead(key, false);
    }

    private Aead aead(byte[] key, boolean seals) {
        return switch (origin) {
            case "here" -> Ciphers.make(suite, key, 1, seals);
            case "libcrypto" -> Ciphers.ofLibcrypto(suite, key, 1, seals);
            default -> Ciphers.ofJdk(suite, key, 1, seals);
        };
    }

    @Benchmark
    public void seal() {
        datagram.set(ValueLayout.JAVA_LONG, Long.BYTES, ++number);
        sealing.seal(datagram.address(), text.address(), textBytes);
    }

    @Benchmark
    public boolean sealAndOpen() {
        seal();
        boolean good = opening.open(datagram.address(), textBytes);
        if (good) {
            opened++;
        } else {
            refused++;
        }
        return good;
    }

    @TearDown
    public void everyDatagramOpened() {
        if (refused > 0 || opened > 0 && datagram.get(ValueLayout.JAVA_BYTE, Aead.HEADER) != 7) {
            throw new IllegalStateException(refused + " of " + (opened + refused) + " datagrams did not open");
        }
    }
}
