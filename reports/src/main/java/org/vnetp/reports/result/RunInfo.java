package org.vnetp.reports.result;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `run.json`: all that is needed to understand a result and to repeat it.
///
/// @param schema version of the files of a result directory; this reader knows [#SCHEMA]
/// @param name of the run, the directory's name
/// @param suite `nas`, `macro` or `micro`
/// @param started instant, ISO 8601 in UTC
/// @param ended instant of the last change of state, or empty
/// @param state `running`, `complete`, `interrupted`, `budget-spent` or `failed`
/// @param command the command line that repeats it, one argument an entry, from `./vnetp` on
/// @param seed of the order of runs
/// @param gitCommit of the sources, or empty
/// @param gitDirty whether the sources differed from that commit
/// @param settings effective settings by name, in the order the runner gives them
/// @param fabrics a line of description for each fabric: encapsulation, MTU, dispatch, encryption
/// @param versions of programs used: MPI, iperf3, ...
/// @param notes sentences that the report should carry, such as what was left out and why
/// @param environment fingerprint of the machine
public record RunInfo(
        int schema,
        String name,
        String suite,
        String started,
        String ended,
        String state,
        List<String> command,
        long seed,
        String gitCommit,
        boolean gitDirty,
        Map<String, String> settings,
        Map<String, String> fabrics,
        Map<String, String> versions,
        List<String> notes,
        Environment environment) {

    /// Version of the files that this code writes and reads.
    public static final int SCHEMA = 1;

    public RunInfo {
        name = text(name);
        suite = text(suite);
        started = text(started);
        ended = text(ended);
        state = text(state);
        gitCommit = text(gitCommit);
        command = command == null ? List.of() : List.copyOf(command);
        settings = settings == null ? Map.of() : new LinkedHashMap<>(settings);
        fabrics = fabrics == null ? Map.of() : new LinkedHashMap<>(fabrics);
        versions = versions == null ? Map.of() : new LinkedHashMap<>(versions);
        notes = notes == null ? List.of() : List.copyOf(notes);
        environment = environment == null ? new Environment(Map.of()) : environment;
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }

    /// A new run of `suite` that started at `started` (ISO 8601), on the machine `environment`.
    public static Builder builder(String name, String suite, String started, Environment environment) {
        return new Builder(name, suite, started, environment);
    }

    /// This run with another state, changed at `ended` (ISO 8601).
    public RunInfo withState(String newState, String endedAt) {
        return new RunInfo(
                schema,
                name,
                suite,
                started,
                endedAt,
                newState,
                command,
                seed,
                gitCommit,
                gitDirty,
                settings,
                fabrics,
                versions,
                notes,
                environment);
    }

    /// This run with one more note.
    public RunInfo withNote(String note) {
        List<String> more = new ArrayList<>(notes);
        more.add(note);
        return new RunInfo(
                schema,
                name,
                suite,
                started,
                ended,
                state,
                command,
                seed,
                gitCommit,
                gitDirty,
                settings,
                fabrics,
                versions,
                more,
                environment);
    }

    /// Collects what a run is before it starts.
    public static final class Builder {
        private final String name;
        private final String suite;
        private final String started;
        private final Environment environment;
        private final Map<String, String> settings = new LinkedHashMap<>();
        private final Map<String, String> fabrics = new LinkedHashMap<>();
        private final Map<String, String> versions = new LinkedHashMap<>();
        private final List<String> notes = new ArrayList<>();
        private List<String> command = List.of();
        private long seed;

        private Builder(String name, String suite, String started, Environment environment) {
            this.name = name;
            this.suite = suite;
            this.started = started;
            this.environment = environment;
        }

        public Builder command(List<String> arguments) {
            command = List.copyOf(arguments);
            return this;
        }

        public Builder seed(long value) {
            seed = value;
            return this;
        }

        public Builder setting(String key, Object value) {
            settings.put(key, String.valueOf(value));
            return this;
        }

        public Builder fabric(String fabric, String description) {
            fabrics.put(fabric, description);
            return this;
        }

        public Builder version(String program, String version) {
            versions.put(program, version);
            return this;
        }

        public Builder note(String sentence) {
            notes.add(sentence);
            return this;
        }

        /// Git commit and dirtiness are taken from the environment (`git.commit`, `git.dirty`).
        public RunInfo build() {
            return new RunInfo(
                    SCHEMA,
                    name,
                    suite,
                    started,
                    "",
                    "running",
                    command,
                    seed,
                    environment.facts().getOrDefault("git.commit", ""),
                    Boolean.parseBoolean(environment.facts().getOrDefault("git.dirty", "false")),
                    settings,
                    fabrics,
                    versions,
                    notes,
                    environment);
        }
    }
}
