package org.vnetp.reports.stats;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.reports.result.Fabrics;

/// Order and wording of benchmarks, links and fabrics.
public final class Names {
    private static final List<String> KERNELS = List.of("ep", "mg", "cg", "ft", "is", "lu", "sp", "bt");
    private static final Pattern KERNEL = Pattern.compile("([a-z]+)\\.([SWA-F])\\.(\\d{1,9})");
    private static final Pattern RATE = Pattern.compile("(\\d+(?:\\.\\d+)?)([kmgt]?)bit");
    private static final Pattern NUMBER = Pattern.compile("(\\d+(?:\\.\\d+)?(?:[eE]\\d+)?)(KiB|MiB|GiB|B)?");
    private static final Pattern CHUNK = Pattern.compile("\\d+|\\D+");

    private Names() {}

    /// The name of a table's row: the benchmark, and its parameters where it has some.
    public static String row(Study.Cell cell) {
        return cell.params().isEmpty() ? cell.benchmark() : cell.benchmark() + " " + cell.params();
    }

    /// `1gbit` as `1 Gbit/s`, `none` as `unshaped`; anything else as it is.
    public static String link(String link) {
        Matcher matcher = RATE.matcher(link);
        if (matcher.matches()) {
            return matcher.group(1) + " "
                    + (matcher.group(2).isEmpty() ? "b" : matcher.group(2).toUpperCase(java.util.Locale.ROOT) + "b")
                    + "it/s";
        }
        return link.equals("none") ? "unshaped" : link;
    }

    /// `1gbit` as `links of 1 Gbit/s`, `none` as `unshaped links`.
    public static String links(String link) {
        return link.equals("none") ? link(link) + " links" : "links of " + link(link);
    }

    /// Class and method of one of JMH's benchmarks, without the packages.
    public static String withoutPackages(String benchmark) {
        String[] parts = benchmark.split("\\.");
        return parts.length < 2 ? benchmark : parts[parts.length - 2] + "." + parts[parts.length - 1];
    }

    static int compareLinks(String a, String b) {
        int byRate = Double.compare(rate(a), rate(b));
        return byRate != 0 ? byRate : a.compareTo(b);
    }

    private static double rate(String link) {
        Matcher matcher = RATE.matcher(link);
        if (!matcher.matches()) {
            return Double.POSITIVE_INFINITY;
        }
        int thousands = " kmgt".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
        return Double.parseDouble(matcher.group(1)) * Math.pow(1000, thousands);
    }

    static int compareFabrics(String a, String b) {
        int byRank = Integer.compare(rank(a), rank(b));
        return byRank != 0 ? byRank : a.compareTo(b);
    }

    private static int rank(String fabric) {
        return switch (fabric) {
            case Fabrics.NATIVE -> 0;
            case Fabrics.NATIVE_AGAIN -> 1;
            case Fabrics.VNETP -> 2;
            case Fabrics.VXLAN -> 4;
            case Fabrics.LOOPBACK -> 6;
            default -> fabric.startsWith(Fabrics.VNETP) ? 3 : 5;
        };
    }

    /// Kernels in the order of the published table, by class and ranks; other names with their numbers in numerical
    /// order.
    static int compare(String a, String b) {
        Matcher ma = KERNEL.matcher(a);
        Matcher mb = KERNEL.matcher(b);
        if (ma.matches() && mb.matches()) {
            int byKernel = Integer.compare(kernel(ma.group(1)), kernel(mb.group(1)));
            if (byKernel == 0) {
                byKernel = ma.group(1).compareTo(mb.group(1));
            }
            if (byKernel == 0) {
                byKernel = Integer.compare("SWABCDEF".indexOf(ma.group(2)), "SWABCDEF".indexOf(mb.group(2)));
            }
            return byKernel != 0
                    ? byKernel
                    : Integer.compare(Integer.parseInt(ma.group(3)), Integer.parseInt(mb.group(3)));
        }
        return natural(a, b);
    }

    private static int kernel(String name) {
        int at = KERNELS.indexOf(name);
        return at < 0 ? KERNELS.size() : at;
    }

    private static int natural(String a, String b) {
        Matcher ma = CHUNK.matcher(a);
        Matcher mb = CHUNK.matcher(b);
        while (ma.find()) {
            if (!mb.find()) {
                return 1;
            }
            String x = ma.group();
            String y = mb.group();
            boolean numbers = Character.isDigit(x.charAt(0)) && Character.isDigit(y.charAt(0));
            int order = numbers ? Double.compare(Double.parseDouble(x), Double.parseDouble(y)) : x.compareTo(y);
            if (order != 0) {
                return order;
            }
        }
        return mb.find() ? -1 : a.compareTo(b);
    }

    static double number(String text) {
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.matches()) {
            return Double.NaN;
        }
        double unit = switch (matcher.group(2) == null ? "" : matcher.group(2)) {
            case "KiB" -> 1024;
            case "MiB" -> 1024 * 1024;
            case "GiB" -> 1024 * 1024 * 1024;
            default -> 1;
        };
        return Double.parseDouble(matcher.group(1)) * unit;
    }
}
