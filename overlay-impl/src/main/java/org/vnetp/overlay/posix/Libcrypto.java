package org.vnetp.overlay.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// One key of an AEAD cipher in OpenSSL's libcrypto (version 3), for one direction: it seals, or it opens.
/// The context is made once, with its key schedule; a datagram then costs five short calls, no copy and no
/// allocation (EVP, see EVP_EncryptInit(3), "AEAD INTERFACE").
///
/// The calls never block and never come back into Java, so they are linked as critical: the thread stays in
/// Java, which saves more than half of what the way there and back costs.
///
/// **Thread:** one at a time. Addresses are the caller's, of live memory outside of the heap.
public final class Libcrypto implements AutoCloseable {
    /// Bytes of the nonce of all ciphers here.
    public static final int NONCE_LENGTH = 12;

    /// Bytes of the tag of all ciphers here.
    public static final int TAG_LENGTH = 16;

    private static final int MOST_KEY = 32;

    // openssl/evp.h
    private static final int SET_TAG = 0x11;
    private static final int GET_TAG = 0x10;
    private static final int KEEP_DIRECTION = -1;
    private static final int VERSION_TEXT = 0;

    private static final long NULL = 0;

    /// The library, where this machine has it.
    private static final class Library {
        private static final String[] NAMES = {"libcrypto.so.3", "libcrypto.so.4"};
        private static final Library FOUND = find();

        private final SymbolLookup symbols;
        private final MethodHandle create;
        private final MethodHandle free;
        private final MethodHandle fetch;
        private final MethodHandle release;
        private final MethodHandle init;
        private final MethodHandle update;
        private final MethodHandle finish;
        private final MethodHandle control;
        private final MethodHandle version;

        private Library(SymbolLookup symbols) {
            this.symbols = symbols;
            create = bind("EVP_CIPHER_CTX_new", JAVA_LONG);
            free = bindVoid("EVP_CIPHER_CTX_free", JAVA_LONG);
            fetch = bind("EVP_CIPHER_fetch", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
            release = bindVoid("EVP_CIPHER_free", JAVA_LONG);
            init = bind("EVP_CipherInit_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
            update = bind("EVP_CipherUpdate", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
            finish = bind("EVP_CipherFinal_ex", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
            control = bind("EVP_CIPHER_CTX_ctrl", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
            version = bind("OpenSSL_version", JAVA_LONG, JAVA_INT);
        }

        private static Library find() {
            for (String name : NAMES) {
                try {
                    return new Library(SymbolLookup.libraryLookup(name, Arena.global()));
                } catch (IllegalArgumentException | UnsatisfiedLinkError e) {
                    // Not here, or too old; there may be another.
                }
            }
            return null;
        }

        private MethodHandle bind(String function, MemoryLayout... resultAndArguments) {
            MemoryLayout[] arguments = new MemoryLayout[resultAndArguments.length - 1];
            System.arraycopy(resultAndArguments, 1, arguments, 0, arguments.length);
            return bind(function, FunctionDescriptor.of(resultAndArguments[0], arguments));
        }

        private MethodHandle bindVoid(String function, MemoryLayout... arguments) {
            return bind(function, FunctionDescriptor.ofVoid(arguments));
        }

        private MethodHandle bind(String function, FunctionDescriptor descriptor) {
            MemorySegment symbol = symbols.find(function)
                    .orElseThrow(() -> new UnsatisfiedLinkError("libcrypto has no function " + function));
            return Linker.nativeLinker().downcallHandle(symbol, descriptor, Linker.Option.critical(false));
        }
    }

    // Constants of the class, so that the JIT sees through them; null where there is no library.
    private static final MethodHandle INIT = Library.FOUND == null ? null : Library.FOUND.init;
    private static final MethodHandle UPDATE = Library.FOUND == null ? null : Library.FOUND.update;
    private static final MethodHandle FINISH = Library.FOUND == null ? null : Library.FOUND.finish;
    private static final MethodHandle CONTROL = Library.FOUND == null ? null : Library.FOUND.control;

    // The nonce, and where the library says how much it wrote: of the kind of arena that all buffers are of, as the JIT
    // compiles for that.
    private final MemorySegment scratch = Arena.ofAuto().allocate(64, 64);
    private final long nonceAddress = scratch.address();
    private final long written = scratch.address() + 32;
    private final long context;

    /// @param cipher  as the library calls it: `AES-128-GCM`, `AES-256-GCM`, `ChaCha20-Poly1305`
    /// @param key     copied; the caller wipes its own
    /// @param sealing whether it seals; else it opens
    /// @throws IllegalStateException where the library is not here ([#version]), or refuses
    public Libcrypto(String cipher, byte[] key, boolean sealing) {
        if (Library.FOUND == null) {
            throw new IllegalStateException("libcrypto of OpenSSL 3 is not on this machine");
        }
        long made = 0;
        try (Arena local = Arena.ofConfined()) {
            MemorySegment secret = local.allocate(MOST_KEY, 16);
            MemorySegment.copy(key, 0, secret, ValueLayout.JAVA_BYTE, 0, key.length);
            long fetched = (long) Library.FOUND.fetch.invokeExact(
                    NULL, local.allocateFrom(cipher).address(), NULL);
            made = (long) Library.FOUND.create.invokeExact();
            int good = fetched == 0 || made == 0
                    ? 0
                    : (int) INIT.invokeExact(made, fetched, NULL, secret.address(), nonceAddress, sealing ? 1 : 0);
            if (fetched != 0) {
                // The context keeps its own.
                Library.FOUND.release.invokeExact(fetched);
            }
            secret.fill((byte) 0);
            if (good != 1) {
                free(made);
                throw new IllegalStateException("libcrypto refuses the cipher " + cipher + " (" + version() + ")");
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Throwable e) {
            throw impossible(e);
        }
        context = made;
    }

    /// Which library it is, as it calls itself; empty where there is none that does.
    public static Optional<String> version() {
        if (Library.FOUND == null) {
            return Optional.empty();
        }
        try {
            long text = (long) Library.FOUND.version.invokeExact(VERSION_TEXT);
            return Optional.of(MemorySegment.ofAddress(text).reinterpret(256).getString(0));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private static AssertionError impossible(Throwable cause) {
        return new AssertionError("a native call cannot throw", cause);
    }

    /// Seals: writes ciphertext and tag.
    ///
    /// @param salt       the nonce's first 4 bytes, as a big-endian number
    /// @param counter    its last 8, as one
    /// @param associated address of what is authenticated beside the text
    /// @param from       the text; may be where `to` is
    /// @param to         takes as many bytes, and [#TAG_LENGTH] more behind them
    /// @return whether the library did; it has no cause not to
    public boolean seal(int salt, long counter, long associated, int associatedLength, long from, long to, int length) {
        nonce(salt, counter);
        try {
            int good = (int) INIT.invokeExact(context, NULL, NULL, NULL, nonceAddress, KEEP_DIRECTION);
            good &= (int) UPDATE.invokeExact(context, NULL, written, associated, associatedLength);
            good &= (int) UPDATE.invokeExact(context, to, written, from, length);
            good &= (int) FINISH.invokeExact(context, to + length, written);
            good &= (int) CONTROL.invokeExact(context, GET_TAG, TAG_LENGTH, to + length);
            return good == 1;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /// Opens in place: the tag is behind the ciphertext.
    ///
    /// @param length of the ciphertext, without tag
    /// @return whether the tag is right; what stands at `at` is garbage where not
    public boolean open(int salt, long counter, long associated, int associatedLength, long at, int length) {
        nonce(salt, counter);
        try {
            int good = (int) INIT.invokeExact(context, NULL, NULL, NULL, nonceAddress, KEEP_DIRECTION);
            good &= (int) CONTROL.invokeExact(context, SET_TAG, TAG_LENGTH, at + length);
            good &= (int) UPDATE.invokeExact(context, NULL, written, associated, associatedLength);
            good &= (int) UPDATE.invokeExact(context, at, written, at, length);
            good &= (int) FINISH.invokeExact(context, at + length, written);
            return good == 1;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private void nonce(int salt, long counter) {
        scratch.set(BIG_INT, 0, salt);
        scratch.set(BIG_LONG, 4, counter);
    }

    private static final ValueLayout.OfInt BIG_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

    private static void free(long context) throws Throwable {
        if (context != 0) {
            Library.FOUND.free.invokeExact(context);
        }
    }

    /// Wipes and frees the context. Nobody may be in a call.
    @Override
    public void close() {
        try {
            free(context);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
