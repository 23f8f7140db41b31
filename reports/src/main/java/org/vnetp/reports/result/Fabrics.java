package org.vnetp.reports.result;

/// Names of fabrics that reports know by meaning. Any other name is a fabric like the rest.
public final class Fabrics {
    /// The hosts themselves: the reference of every ratio.
    public static final String NATIVE = "native";
    /// Native once more, as an arm of its own in every block: native against this one is the noise floor (A/A).
    public static final String NATIVE_AGAIN = "native-again";
    /// Our overlay.
    public static final String VNETP = "vnetp";
    /// Our overlay, known flows carried by the kernel.
    public static final String VNETP_EBPF = "vnetp-ebpf";
    /// The kernel's overlay.
    public static final String VXLAN = "vxlan";

    /// Both ends in one host, without any link: the floor of what is measured.
    public static final String LOOPBACK = "loopback";

    /// Our overlay with all frames over one host: what networks that adapt are compared with.
    public static final String STAR = "star";

    private Fabrics() {}
}
