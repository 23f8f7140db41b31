package org.vnetp.nas.npb;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vnetp.reports.result.Metrics;

/// Reads the standard output of one MPI run of NPB 2.4 to 3.4.
///
/// The result block begins with `XX Benchmark Completed` (with a full stop from Fortran, without from C) and
/// ends at the next blank line. It is read strictly: every line is `key = value` with a known key, each at most
/// once; anything else is refused with its line number, since a figure misread in silence is worse than a cell
/// without one. Accepted drift between versions: the line of participating ranks (`Compiled procs`, `Active
/// procs`, `Active processes`, absent in DT), free text as size.
public final class NpbParser {
    /// Our own kernels say whose they are before it, hence no anchor.
    private static final Pattern HEADER =
            Pattern.compile("NAS Parallel Benchmarks (?:\\(NPB)?(\\S+?)\\)? -- (\\w+) Benchmark");
    /// The editions that are no MPI programs, by what they put into their header.
    private static final Pattern OTHER_EDITION =
            Pattern.compile("NAS Parallel Benchmarks \\(?NPB\\S*-(SER|OMP|JAV|HPF)\\S*\\)?.*");

    private static final Pattern COMPLETED = Pattern.compile("\\s*([A-Z]{2})(?:-\\S+)? Benchmark Completed\\.?\\s*");
    private static final Pattern ENTRY = Pattern.compile("\\s*([A-Z][A-Za-z/ ]*?)\\s*=\\s*(.*?)\\s*");
    private static final Pattern TIMER =
            Pattern.compile("\\s*timer\\s+\\d+\\s*\\(\\s*(\\S+?)\\s*\\)\\s*:\\s*(\\S+)\\s+(\\S+)\\s+(\\S+)\\s*");
    /// Only our own kernels tell it.
    private static final Pattern PAYLOAD =
            Pattern.compile("\\s*payload to other hosts in the (whole run|timed region):\\s*(\\d{1,18}) bytes\\s*");

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d*\\.?\\d+(?:[EeDd][+-]?\\d+)?|[+-]?\\d+\\.");
    private static final Pattern TROUBLE = Pattern.compile(
            "(?i).*(\\berror\\b|MPI_ABORT|aborted|not a power of|is not a square|segmentation|killed|cannot|out of memory"
                    + "|exited on signal|wrong number of processes).*");
    private static final Pattern WRONG_IN_BODY = Pattern.compile(
            "\\s*(VERIFICATION FAILED|Result verification failed|Verification failed|Failed partial verification.*"
                    + "|Full_verify: .*)\\s*");

    private static final Set<String> ACTIVE_KEYS = Set.of("Compiled procs", "Active procs", "Active processes");
    /// In the order in which every version prints them.
    private static final List<String> REQUIRED = List.of(
            "Class",
            "Size",
            "Iterations",
            "Time in seconds",
            "Total processes",
            "Mop/s total",
            "Mop/s/process",
            "Operation type",
            "Verification",
            "Version");

    private NpbParser() {}

    /// Reads an output and checks that it is of the run that was asked for.
    ///
    /// @param kernel lower case: `cg`
    public static NpbOutcome parse(String output, String kernel, char problemClass, int ranks) {
        NpbOutcome outcome = parse(output);
        return switch (outcome) {
            case NpbOutcome.Verified(NpbResult r) -> matched(outcome, r, kernel, problemClass, ranks);
            case NpbOutcome.Unverified(NpbResult r, String reason) -> matched(outcome, r, kernel, problemClass, ranks);
            case NpbOutcome.Unusable u -> u;
            case NpbOutcome.Failed f -> f;
            case NpbOutcome.CutOff c -> c;
        };
    }

    private static NpbOutcome matched(NpbOutcome outcome, NpbResult r, String kernel, char problemClass, int ranks) {
        if (!r.kernel().equals(kernel)) {
            return new NpbOutcome.Failed("the output is of " + r.kernel() + ", asked for was " + kernel);
        }
        if (r.problemClass() != problemClass && r.problemClass() != 'U') {
            return new NpbOutcome.Failed(
                    "the output is of class " + r.problemClass() + ", asked for was class " + problemClass);
        }
        if (r.processes() != ranks) {
            return new NpbOutcome.Failed("the output is of " + r.processes() + " processes, started were " + ranks);
        }
        if (r.activeProcesses() != ranks) {
            return new NpbOutcome.Failed("only " + r.activeProcesses() + " of " + ranks + " processes took part");
        }
        return outcome;
    }

    /// Reads an output of any kernel, class and rank count.
    public static NpbOutcome parse(String output) {
        boolean lastLineWhole = output.endsWith("\n");
        List<String> lines = output.lines().toList();
        String headerKernel = null;
        String kernel = null;
        String trouble = null;
        String wrong = null;
        Map<String, String> entries = new HashMap<>();
        Map<String, NpbResult.Timer> timers = new HashMap<>();
        OptionalLong payload = OptionalLong.empty();
        OptionalLong timedPayload = OptionalLong.empty();
        int i = 0;
        while (i < lines.size()) {
            String line = lines.get(i++);
            Matcher bytes = PAYLOAD.matcher(line);
            Matcher header = HEADER.matcher(line);
            Matcher completed = COMPLETED.matcher(line);
            Matcher other = OTHER_EDITION.matcher(line.strip());
            if (other.matches()) {
                return new NpbOutcome.Failed(
                        "this is NPB's " + edition(other.group(1))
                                + " edition, whose processes do not talk to each other; build the program from the -MPI edition");
            }
            if (header.find()) {
                if (headerKernel != null) {
                    return new NpbOutcome.Failed("line " + i
                            + ": a second run begins in the same output, as when every process runs alone because the program"
                            + " is linked with another MPI than the launcher's; build it with this MPI's mpif90 and mpicc,"
                            + " or choose the launcher by --mpi");
                }
                headerKernel = header.group(2).toLowerCase(Locale.ROOT);
            } else if (completed.matches()) {
                if (kernel != null) {
                    return new NpbOutcome.Failed("line " + i + ": a second result block in the same output");
                }
                kernel = completed.group(1).toLowerCase(Locale.ROOT);
                while (i < lines.size() && !lines.get(i).isBlank()) {
                    String entry = lines.get(i++);
                    if (i == lines.size() && !lastLineWhole) {
                        break; // cut in the middle of the line: its value cannot be trusted
                    }
                    String refusal = take(entry, i, entries);
                    if (refusal != null) {
                        return new NpbOutcome.Failed(refusal);
                    }
                }
            } else if (WRONG_IN_BODY.matcher(line).matches()) {
                wrong = wrong == null ? line.strip() : wrong;
            } else if (trouble == null && kernel == null && isTrouble(line)) {
                trouble = line.strip();
            } else if (bytes.matches()) {
                OptionalLong count = OptionalLong.of(Long.parseLong(bytes.group(2)));
                if (bytes.group(1).equals("whole run")) {
                    payload = count;
                } else {
                    timedPayload = count;
                }
            } else {
                takeTimer(line, timers);
            }
        }
        if (kernel == null) {
            if (trouble != null) {
                return new NpbOutcome.Failed(trouble);
            }
            return new NpbOutcome.CutOff(
                    output.isBlank()
                            ? "the program printed nothing"
                            : "no result block; the output ends with: " + lastLine(lines));
        }
        for (String key : REQUIRED) {
            if (!entries.containsKey(key)) {
                return new NpbOutcome.CutOff("the result block ends before '" + key + "'");
            }
        }
        if (headerKernel != null && !headerKernel.equals(kernel)) {
            return new NpbOutcome.Failed("the header is of " + headerKernel + ", the result block of " + kernel);
        }
        return judge(kernel, entries, timers, payload, timedPayload, wrong);
    }

    private static String edition(String mark) {
        return switch (mark) {
            case "SER" -> "serial";
            case "OMP" -> "OpenMP";
            default -> mark;
        };
    }

    /// Takes one line of the result block into `entries`; returns the refusal, or null.
    private static String take(String line, int number, Map<String, String> entries) {
        Matcher entry = ENTRY.matcher(line);
        if (!entry.matches()) {
            return "line " + number + ": expected 'key = value' in the result block, got: " + line.strip();
        }
        String key = entry.group(1);
        boolean active = ACTIVE_KEYS.contains(key);
        if (!active && !REQUIRED.contains(key) && !key.equals("Compile date")) {
            return "line " + number + ": '" + key + "' is not known in the result block of an MPI run";
        }
        if (entries.put(active ? "active" : key, entry.group(2)) != null) {
            return "line " + number + ": '" + key + "' stands twice in the result block";
        }
        return null;
    }

    private static NpbOutcome judge(
            String kernel,
            Map<String, String> entries,
            Map<String, NpbResult.Timer> timers,
            OptionalLong payload,
            OptionalLong timedPayload,
            String wrong) {
        String classText = entries.get("Class");
        if (!classText.matches("[SWABCDEFU]")) {
            return new NpbOutcome.Failed("class: expected one of S W A B C D E F U, got '" + classText + "'");
        }
        int iterations;
        int processes;
        int active;
        try {
            iterations = count("Iterations", entries.get("Iterations"));
            processes = count("Total processes", entries.get("Total processes"));
            active = entries.containsKey("active") ? count("Active processes", entries.get("active")) : processes;
        } catch (NumberFormatException e) {
            return new NpbOutcome.Failed(e.getMessage());
        }
        String unusable = null;
        double[] values = new double[3];
        List<String> fields = List.of("Mop/s total", "Time in seconds", "Mop/s/process");
        for (int i = 0; i < values.length; i++) {
            String text = entries.get(fields.get(i));
            values[i] = Double.NaN;
            if (text.matches("\\*+")) {
                unusable = "'" + fields.get(i) + "' overflowed its field: " + text;
            } else if (text.matches("(?i)[+-]?(nan|inf|infinity)")) {
                unusable = "'" + fields.get(i) + "' is " + text;
            } else if (NUMBER.matcher(text).matches()) {
                values[i] = number(text);
            } else {
                return new NpbOutcome.Failed("'" + fields.get(i) + "': expected a number, got '" + text + "'");
            }
        }
        if (unusable == null) {
            unusable = Metrics.MOPS
                    .objection(values[0])
                    .map(objection -> "'Mop/s total': " + objection)
                    .or(() -> Metrics.TIME.objection(values[1]).map(objection -> "'Time in seconds': " + objection))
                    .orElse(null);
        }
        NpbResult result = new NpbResult(
                kernel,
                classText.charAt(0),
                entries.get("Size"),
                iterations,
                values[1],
                processes,
                active,
                values[0],
                entries.get("Operation type"),
                entries.get("Version"),
                timers,
                payload,
                timedPayload);
        String verification = entries.get("Verification");
        String doubt = switch (verification) {
            case "SUCCESSFUL" -> doubt(result, wrong);
            case "UNSUCCESSFUL" -> wrong == null ? "verification UNSUCCESSFUL" : wrong;
            case "NOT PERFORMED" -> "verification not performed";
            default -> null;
        };
        if (!verification.matches("SUCCESSFUL|UNSUCCESSFUL|NOT PERFORMED")) {
            return new NpbOutcome.Failed(
                    "'Verification': expected SUCCESSFUL, UNSUCCESSFUL or NOT PERFORMED, got '" + verification + "'");
        }
        if (result.problemClass() == 'U') {
            doubt = "class U: the program does not know these parameters";
        }
        if (doubt != null) {
            return new NpbOutcome.Unverified(result, doubt);
        }
        return unusable == null ? new NpbOutcome.Verified(result) : new NpbOutcome.Unusable(unusable);
    }

    /// Why a result that calls itself SUCCESSFUL is not believed; null when it is.
    private static String doubt(NpbResult result, String wrong) {
        if (wrong != null) {
            return "the result block says SUCCESSFUL, but before it stands: " + wrong;
        }
        // DT has reference values for S, W and A only; for B, C and D it prints SUCCESSFUL all the same and says on
        // standard error that it verified nothing.
        if (result.kernel().equals("dt") && "SWA".indexOf(result.problemClass()) < 0) {
            return "DT of class " + result.problemClass() + " prints SUCCESSFUL without verifying";
        }
        return null;
    }

    private static void takeTimer(String line, Map<String, NpbResult.Timer> timers) {
        Matcher timer = TIMER.matcher(line);
        if (timer.matches()
                && NUMBER.matcher(timer.group(2)).matches()
                && NUMBER.matcher(timer.group(3)).matches()
                && NUMBER.matcher(timer.group(4)).matches()) {
            timers.put(
                    timer.group(1),
                    new NpbResult.Timer(number(timer.group(2)), number(timer.group(3)), number(timer.group(4))));
        }
    }

    /// True for a line that says why there is no result; the norms that CG and MG print name an error too and
    /// are none.
    private static boolean isTrouble(String line) {
        return TROUBLE.matcher(line).matches()
                && !line.matches("\\s*(Error is|(Comparison of )?RMS-norms? of|.*\\|\\|r\\|\\|).*");
    }

    private static int count(String key, String text) {
        try {
            int n = Integer.parseInt(text);
            if (n >= 0) {
                return n;
            }
        } catch (NumberFormatException e) {
            // said below, with the key
        }
        throw new NumberFormatException("'" + key + "': expected a count, got '" + text + "'");
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace('D', 'E').replace('d', 'e'));
    }

    private static String lastLine(List<String> lines) {
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (!lines.get(i).isBlank()) {
                return lines.get(i).strip();
            }
        }
        return "";
    }
}
