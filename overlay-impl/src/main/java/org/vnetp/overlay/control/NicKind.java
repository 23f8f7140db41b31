package org.vnetp.overlay.control;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.vnetp.overlay.nic.InMemoryNic;
import org.vnetp.overlay.nic.VirtualNic;

/// What stands behind a NIC on the guest's side, and what has been said about it. Who does something for
/// each kind switches over all of them, so that another kind breaks the build where it is forgotten.
public sealed interface NicKind {
    /// A TAP device.
    ///
    /// @param netns    the guest's network namespace, or empty for the node's own
    /// @param persist  the device outlives the node
    /// @param ring     frames of the guest that may wait for the node; 0: as the node thinks best
    /// @param fastPath the kernel may carry known flows
    record Tap(Optional<String> netns, boolean persist, int queues, int ring, boolean fastPath) implements NicKind {
        /// As `nic NAME tap` says without options.
        public static final Tap PLAIN = new Tap(Optional.empty(), false, 1, 0, false);
    }

    /// A NIC without a device, in this process. Another one is its class and a constant here: its
    /// statement, its help and what is opened are made of that.
    enum InProcess implements NicKind {
        /// Two queues.
        MEMORY("is for tests", InMemoryNic::new);

        private final String meaning;
        private final Supplier<VirtualNic> maker;

        InProcess(String meaning, Supplier<VirtualNic> maker) {
            this.meaning = meaning;
            this.maker = maker;
        }

        /// A new one.
        public VirtualNic open() {
            return maker.get();
        }

        /// What help says of it after its word.
        String meaning() {
            return meaning;
        }

        @Override
        public int queues() {
            return 1;
        }
    }

    /// A TAP that a virtual machine's monitor holds, with programs of the fast path attached.
    record Attached() implements NicKind {
        @Override
        public int queues() {
            return 1;
        }
    }

    /// A virtual machine's NIC, whose rings its VMM hands over by a socket.
    ///
    /// @param mode which side listens at the socket
    /// @param up   its link is up, as the guest sees it
    record VhostUser(Path path, Mode mode, int queues, boolean up) implements NicKind {
        /// With its link up.
        public VhostUser(Path path, Mode mode, int queues) {
            this(path, mode, queues, true);
        }

        /// The same with its link up, or down.
        public VhostUser linked(boolean isUp) {
            return new VhostUser(path, mode, queues, isUp);
        }

        /// Which side listens at the socket.
        public enum Mode {
            /// The node.
            SERVER,
            /// The VMM.
            CLIENT
        }
    }

    /// Most queues of the guest's that are served.
    int queues();

    /// As the statement says it.
    default String word() {
        return switch (this) {
            case Tap _ -> "tap";
            case InProcess inside -> Words.label(inside);
            case VhostUser _ -> "vhost-user";
            case Attached _ -> "attached";
        };
    }
}
