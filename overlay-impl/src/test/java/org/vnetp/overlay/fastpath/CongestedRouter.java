package org.vnetp.overlay.fastpath;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.vnetp.overlay.fastpath.Assembler.Do;
import org.vnetp.overlay.posix.Bpf;

/// A router that is always congested: marks what comes in at an interface of the namespace it is started in, where
/// the packet says that its ends understand that (RFC 3168, section 5). Started by a test as a process of its own
/// with the interface's name; prints `marking`, and marks until it is ended.
public final class CongestedRouter {
    /// bpf_skb_ecn_set_ce (linux/bpf.h)
    private static final int MARK = 97;

    private static final int NEXT = -1;

    private CongestedRouter() {}

    public static void main(String[] args) throws Exception {
        final int index = Integer.parseInt(Files.readString(Path.of("/sys/class/net/" + args[0] + "/ifindex"))
                .strip());
        final Bpf bpf = new Bpf();
        try (Arena arena = Arena.ofConfined()) {
            final int program = bpf.load(
                    "vnetp_router",
                    new Assembler().call(MARK).let(0, Do.MOVE, NEXT).exit().assemble(arena));
            bpf.attachIngress(program, index, args[0]);
        }
        System.out.println("marking");
        Thread.sleep(Long.MAX_VALUE);
    }
}
