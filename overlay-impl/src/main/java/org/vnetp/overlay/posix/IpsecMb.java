package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One AES-GCM key in Intel's ipsec-mb (Debian: libipsec-mb1), for one direction, where this machine has
/// the library and a processor that its code is for. Its direct functions seal a whole datagram in one
/// call, without objects and locks, and use 512-bit AES and carry-less multiplication, which OpenSSL does
/// from 3.1 on only.
///
/// **Thread:** one at a time. Addresses are the caller's, of live memory outside of the heap.
public final class IpsecMb implements AutoCloseable {
    private static final int TAG_LENGTH = 16;
    private static final int NONCE_LENGTH = 12;

    // struct gcm_key_data and gcm_context_data of all versions fit, with room to spare.
    private static final int KEY_DATA = 8192;
    private static final int CONTEXT = 1024;

    private static final ValueLayout.OfInt BIG_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// The code for one kind of processor, and the flags of /proc/cpuinfo that it needs.
    private record Variant(String suffix, List<String> flags) {}

    private static final List<Variant> VARIANTS = List.of(
            new Variant(
                    "vaes_avx512",
                    List.of("vaes", "vpclmulqdq", "avx512f", "avx512bw", "avx512dq", "avx512vl", "bmi2")),
            new Variant("avx_gen4", List.of("aes", "pclmulqdq", "avx2", "bmi2")));

    private static final FunctionDescriptor CIPHER = FunctionDescriptor.ofVoid(
            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
            JAVA_LONG);
    private static final FunctionDescriptor PREPARE = FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG);

    private static final Library FOUND = find();

    // Constants of the class, so that the JIT sees through them; null where there is no library.
    private static final MethodHandle SEAL_128 = FOUND == null ? null : FOUND.seal128();
    private static final MethodHandle OPEN_128 = FOUND == null ? null : FOUND.open128();
    private static final MethodHandle SEAL_256 = FOUND == null ? null : FOUND.seal256();
    private static final MethodHandle OPEN_256 = FOUND == null ? null : FOUND.open256();

    private final MemorySegment keyData = Arena.ofAuto().allocate(KEY_DATA, 64);
    private final MemorySegment context = Arena.ofAuto().allocate(CONTEXT, 64);
    private final MemorySegment scratch = Arena.ofAuto().allocate(64, 64);
    private final long keyAddress = keyData.address();
    private final long contextAddress = context.address();
    private final long nonceAddress = scratch.address();
    private final long tagAddress = scratch.address() + 32;
    private final boolean longKey;

    /// The library's functions.
    private record Library(
            String variant,
            MethodHandle prepare128,
            MethodHandle seal128,
            MethodHandle open128,
            MethodHandle prepare256,
            MethodHandle seal256,
            MethodHandle open256) {}

    private static Library find() {
        if (!"amd64".equals(System.getProperty("os.arch"))) {
            return null;
        }
        Set<String> flags = processorFlags();
        for (String name : new String[] {"libIPSec_MB.so.2", "libIPSec_MB.so.1"}) {
            SymbolLookup symbols;
            try {
                symbols = SymbolLookup.libraryLookup(name, Arena.global());
            } catch (IllegalArgumentException e) {
                continue; // not here; there may be another
            }
            for (Variant variant : VARIANTS) {
                if (flags.containsAll(variant.flags())
                        && symbols.find("aes_gcm_enc_128_" + variant.suffix()).isPresent()) {
                    return library(symbols, variant.suffix());
                }
            }
        }
        return null;
    }

    private static Library library(SymbolLookup symbols, String variant) {
        return new Library(
                variant,
                bind(symbols, "aes_gcm_pre_128_" + variant, PREPARE),
                bind(symbols, "aes_gcm_enc_128_" + variant, CIPHER),
                bind(symbols, "aes_gcm_dec_128_" + variant, CIPHER),
                bind(symbols, "aes_gcm_pre_256_" + variant, PREPARE),
                bind(symbols, "aes_gcm_enc_256_" + variant, CIPHER),
                bind(symbols, "aes_gcm_dec_256_" + variant, CIPHER));
    }

    private static MethodHandle bind(SymbolLookup symbols, String function, FunctionDescriptor descriptor) {
        return Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(function), descriptor, Linker.Option.critical(false));
    }

    private static Set<String> processorFlags() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("flags")) {
                    return new HashSet<>(Arrays.asList(
                            line.substring(line.indexOf(':') + 1).strip().split(" ")));
                }
            }
        } catch (IOException e) {
            // Then nothing is known about the processor.
        }
        return Set.of();
    }

    /// Which of the library's code would run here, as `vaes_avx512`; empty where there is none.
    public static Optional<String> variant() {
        return Optional.ofNullable(FOUND).map(Library::variant);
    }

    /// @param key 16 or 32 bytes; copied
    /// @throws IllegalStateException where the library is not here ([#variant])
    public IpsecMb(byte[] key) {
        if (FOUND == null) {
            throw new IllegalStateException("ipsec-mb is not on this machine, or not for its processor");
        }
        longKey = key.length == 32;
        MemorySegment.copy(key, 0, context, ValueLayout.JAVA_BYTE, 0, key.length);
        try {
            if (longKey) {
                FOUND.prepare256().invokeExact(contextAddress, keyAddress);
            } else {
                FOUND.prepare128().invokeExact(contextAddress, keyAddress);
            }
        } catch (Throwable e) {
            throw impossible(e);
        }
        context.fill((byte) 0);
    }

    private static AssertionError impossible(Throwable cause) {
        return new AssertionError("a native call cannot throw", cause);
    }

    /// Seals: writes ciphertext and tag. As [Libcrypto#seal].
    public void seal(int salt, long counter, long associated, int associatedLength, long from, long to, int length) {
        nonce(salt, counter);
        // A constant in each branch: the JIT sees through a handle only where it is one.
        if (longKey) {
            call(SEAL_256, to, from, length, associated, associatedLength, to + length);
        } else {
            call(SEAL_128, to, from, length, associated, associatedLength, to + length);
        }
    }

    /// Opens in place. As [Libcrypto#open]; how long the comparison of tags takes tells nothing about them.
    public boolean open(int salt, long counter, long associated, int associatedLength, long at, int length) {
        nonce(salt, counter);
        if (longKey) {
            call(OPEN_256, at, at, length, associated, associatedLength, tagAddress);
        } else {
            call(OPEN_128, at, at, length, associated, associatedLength, tagAddress);
        }
        long first = MEMORY.get(BIG_LONG, tagAddress) ^ MEMORY.get(BIG_LONG, at + length);
        long second = MEMORY.get(BIG_LONG, tagAddress + Long.BYTES) ^ MEMORY.get(BIG_LONG, at + length + Long.BYTES);
        return (first | second) == 0;
    }

    private void call(
            MethodHandle code, long to, long from, int length, long associated, int associatedLength, long tag) {
        try {
            code.invokeExact(
                    keyAddress,
                    contextAddress,
                    to,
                    from,
                    (long) length,
                    nonceAddress,
                    associated,
                    (long) associatedLength,
                    tag,
                    (long) TAG_LENGTH);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private void nonce(int salt, long counter) {
        scratch.set(BIG_INT, 0, salt);
        scratch.set(BIG_LONG, NONCE_LENGTH - Long.BYTES, counter);
    }

    /// Wipes the key. Nobody may be in a call.
    @Override
    public void close() {
        keyData.fill((byte) 0);
        context.fill((byte) 0);
    }
}
