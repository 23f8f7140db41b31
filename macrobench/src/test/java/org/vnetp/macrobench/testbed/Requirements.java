package org.vnetp.macrobench.testbed;

import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.vnetp.macrobench.guest.GuestKernel;
import org.vnetp.macrobench.guest.Qemu;
import org.vnetp.macrobench.guest.UserModeLinux;

/// What a test needs of the machine: missing, it is skipped with the reason, or fails with
/// -Dvnetp.it=required.
final class Requirements {
    private Requirements() {}

    static void namespaces() {
        String lack = "";
        try {
            Machine.requireNamespaces();
        } catch (UnavailableException e) {
            lack = e.getMessage();
        }
        require(lack);
    }

    static void program(String program) {
        require(Machine.has(program) ? "" : program + " is not installed");
    }

    /// Virtual machines, which not every distribution has a kernel for: without it a test is skipped, required or
    /// not.
    static void machines() {
        Assumptions.assumeTrue(
                Machine.has(UserModeLinux.PROGRAM),
                UserModeLinux.PROGRAM + " is not installed (package " + Packages.of(UserModeLinux.PROGRAM) + ")");
        program("bash");
        program(UserModeLinux.LOADER);
    }

    /// The same run by QEMU.
    static void qemu() {
        for (String each : List.of(Qemu.PROGRAM, Qemu.FILE_SERVER)) {
            Assumptions.assumeTrue(Machine.has(each), each + " is not installed");
        }
        Assumptions.assumeTrue(
                GuestKernel.find(GuestKernel.directory()).isPresent(),
                "no kernel is in " + GuestKernel.directory() + " (./vnetp setup)");
        program("bash");
        Qemu.FIRST_PROGRAMS.forEach(Requirements::program);
    }

    static void require(String lack) {
        if ("required".equals(System.getProperty("vnetp.it"))) {
            Assertions.assertEquals("", lack);
        } else {
            Assumptions.assumeTrue(lack.isEmpty(), lack);
        }
    }
}
