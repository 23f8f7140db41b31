package org.vnetp.overlay.adapt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.vnetp.overlay.control.StatementException;

/// Leads nodes: reads them, decides, says what was decided, once a period. What it has done stays when
/// it ends; what it was in the middle of is mended by the next. One thread.
final class Controller {
    /// Whether decisions are carried out.
    enum Mode {
        ADVISE,
        ON
    }

    /// Somebody else leads, or may: nothing can be done here.
    static final class NotLeading extends Exception {
        private static final long serialVersionUID = 1;

        NotLeading(String message) {
            super(message);
        }
    }

    private static final int MOST_COMPLAINTS = 100;
    private static final int MOVE_TRIES = 3;
    /// A node that did not answer is asked again after so long: each time costs the patience of its client.
    private static final long AWAY_NS = 3_000_000_000L;

    private final Nodes nodes;
    private final Mode mode;
    private final String holder;
    private final long leaseNs;
    private final Thresholds thresholds;
    private final LongSupplier clock;
    private final DecisionLog log;
    private final Optional<Mover> mover;
    private final Rates rates;
    private final Map<String, Long> awayUntilNs = new HashMap<>();
    private final Map<String, String> keyOf = new LinkedHashMap<>();
    private final Set<String> complained = new LinkedHashSet<>();
    private Memory memory = new Memory();
    private RouteWords words = new RouteWords.Plain();
    private Set<String> deadLinks = Set.of();

    /// @param holder  what it calls itself to the nodes
    /// @param leaseNs for which nodes grant nobody else the lead
    /// @param clock   nanoseconds, only goes on
    /// @param mover   moves guests; empty: their places are only advised
    Controller(
            Nodes nodes,
            Mode mode,
            String holder,
            long leaseNs,
            Thresholds thresholds,
            LongSupplier clock,
            DecisionLog log,
            Optional<Mover> mover) {
        this.nodes = nodes;
        this.mode = mode;
        this.holder = holder;
        this.leaseNs = leaseNs;
        this.thresholds = thresholds;
        this.clock = clock;
        this.log = log;
        this.mover = mover;
        this.rates = new Rates(thresholds.windowNs());
    }

    private String lease() {
        return "adapt lease " + holder + " " + leaseNs / 1_000_000 + "ms";
    }

    /// Takes the lead of all nodes, has them measure, and mends what another has left half made.
    ///
    /// @throws NotLeading  where another leads one of them; then none is led by this
    /// @throws IOException where one does not answer
    void begin() throws IOException, NotLeading {
        List<String> led = new ArrayList<>();
        try {
            boolean moves = true;
            List<String> inOrder = new ArrayList<>(nodes.keys());
            inOrder.sort(null); // so that two that begin at once do not each get some
            for (String key : inOrder) {
                List<String> first = mode == Mode.ON
                        ? List.of("adapt on", lease(), "measure on", "help route")
                        : List.of("measure on", "help route");
                String help = nodes.say(key, first).getLast();
                moves &= help.contains("route move") && help.contains("route retire");
                led.add(key);
            }
            if (moves) {
                words = new RouteWords.Moves();
            }
        } catch (StatementException e) {
            letGo(led);
            throw new NotLeading(e.getMessage());
        } catch (IOException e) {
            letGo(led);
            throw e;
        }
        if (mode == Mode.ON) {
            mend(look().view());
        }
    }

    private void letGo(List<String> led) {
        for (String key : led) {
            if (mode == Mode.ON) {
                try {
                    nodes.say(key, List.of("adapt release " + holder));
                } catch (IOException | StatementException e) {
                    // Its lease ends by itself.
                }
            }
        }
    }

    /// Ends the lead; what was changed stays.
    void end() {
        letGo(nodes.keys());
    }

    // --- reading ---

    private ViewReader.Read look() {
        ViewReader reader = new ViewReader();
        keyOf.clear();
        for (String key : nodes.keys()) {
            if (clock.getAsLong() < awayUntilNs.getOrDefault(key, Long.MIN_VALUE)) {
                continue;
            }
            try {
                List<String> answers = new ArrayList<>(nodes.say(key, ViewReader.QUESTIONS));
                if (ViewReader.learns(answers.getFirst())) {
                    answers.addAll(nodes.say(key, List.of(ViewReader.LEARNED)));
                }
                keyOf.put(reader.add(answers), key);
                awayUntilNs.remove(key);
            } catch (IOException | StatementException | IllegalArgumentException e) {
                awayUntilNs.put(key, clock.getAsLong() + AWAY_NS);
                complain("node " + key + " is left out: " + e.getMessage());
            }
        }
        ViewReader.Read read = reader.read();
        read.complaints().forEach(this::complain);
        return read;
    }

    private void complain(String what) {
        // The numbers in it change; what is wrong is told once.
        if (complained.size() < MOST_COMPLAINTS && complained.add(what.replaceAll("[0-9.E-]+", "#"))) {
            log.complain(what);
        }
    }

    /// Whether a link has died or come back since the last turn: then the next is due at once.
    boolean isAlarmed() {
        Set<String> now = new LinkedHashSet<>();
        keyOf.forEach((name, key) -> {
            try {
                Map<String, Object> told = JsonReader.object(
                        nodes.say(key, List.of("show measurements --json")).getFirst());
                for (Map<String, Object> link : JsonReader.objects(told, "links")) {
                    if (JsonReader.number(link, "unanswered") >= thresholds.deadEchoes()) {
                        now.add(name + "/" + JsonReader.text(link, "name"));
                    }
                }
            } catch (IOException | StatementException | IllegalArgumentException e) {
                // The next turn finds out.
            }
        });
        boolean alarm = !deadLinks.containsAll(now);
        deadLinks = now;
        return alarm;
    }

    // --- a turn ---

    /// Reads, decides and acts.
    ///
    /// @throws NotLeading where another has taken the lead
    Decision turn() throws NotLeading {
        if (mode == Mode.ON) {
            renew();
        }
        ViewReader.Read read = look();
        long now = clock.getAsLong();
        rates.add(now, read.counts(), read.told());
        Map<View.Pair, Rates.Rate> current = rates.now();
        Decider.Outcome outcome = Decider.decide(read.view(), current, memory, thresholds, now);
        memory = outcome.memory();
        outcome.judged().ifPresent(log::judged);
        Decision decision = outcome.decision();
        if (decision.kind() == Decision.Kind.NONE) {
            return decision;
        }
        List<Decision.Step.Move> moves = decision.moves();
        if (mode == Mode.ADVISE || !moves.isEmpty() && mover.isEmpty()) {
            String said = decision.steps().toString();
            if (!said.equals(memory.advised.put(decision.kind(), said))) {
                log.advised(decision);
            }
            return decision;
        }
        double bits = new CostModel(read.view(), current, memory.full, thresholds).bits();
        double loss = Decider.loss(read.view());
        String trouble = moves.isEmpty() ? apply(read.view(), decision) : move(moves, decision);
        if (trouble.isEmpty()) {
            memory.applied(decision, bits, loss, thresholds, clock.getAsLong());
        } else {
            memory.refused(decision, thresholds, clock.getAsLong());
            mend(look().view());
        }
        log.applied(decision, clock.getAsLong() - now, trouble);
        return decision;
    }

    private String move(List<Decision.Step.Move> moves, Decision decision) {
        String trouble = mover.orElseThrow().move(moves);
        if (trouble.isEmpty()) {
            Set<String> touched = new LinkedHashSet<>();
            moves.forEach(move -> touched.addAll(List.of(move.from(), move.to())));
            note(touched, decision);
        }
        return trouble;
    }

    private void renew() throws NotLeading {
        for (String key : nodes.keys()) {
            if (clock.getAsLong() < awayUntilNs.getOrDefault(key, Long.MIN_VALUE)) {
                continue;
            }
            try {
                nodes.say(key, List.of(lease()));
            } catch (StatementException e) {
                throw new NotLeading(e.getMessage());
            } catch (IOException e) {
                awayUntilNs.put(key, clock.getAsLong() + AWAY_NS);
                complain("node " + key + " is left out: " + e.getMessage());
            }
        }
    }

    /// @return what went wrong; empty: nothing
    private String apply(View view, Decision decision) throws NotLeading {
        Set<String> touched = new LinkedHashSet<>();
        for (Script.Part part : Script.of(decision, view, holder, words)) {
            try {
                say(part);
                touched.add(part.node());
            } catch (StatementException | IOException e) {
                String trouble = "node " + part.node()
                        + (e instanceof IOException ? " does not answer: " : " refused: ") + e.getMessage();
                if (decision.kind() != Decision.Kind.ASK) {
                    return trouble;
                }
                complain(trouble); // others answer, and this one is asked again
            }
        }
        note(touched, decision);
        return "";
    }

    /// Has nodes remember for `show adaptation` what was done and why.
    private void note(Set<String> touched, Decision decision) {
        String note = "adapt note " + holder + " " + decision.kind().label() + " " + decision.subjects() + ": "
                + decision.why();
        for (String node : touched) {
            try {
                nodes.say(keyOf.get(node), List.of(note));
            } catch (IOException | StatementException e) {
                complain("node " + node + " takes no note: " + e.getMessage());
            }
        }
    }

    /// Says a part of a change, after the lease has been renewed there: who has lost it changes nothing more.
    private void say(Script.Part part) throws IOException, StatementException, NotLeading {
        String key = keyOf.get(part.node());
        if (key == null) {
            throw new IOException("it has not answered lately");
        }
        try {
            nodes.say(key, List.of(lease()));
        } catch (StatementException e) {
            throw new NotLeading(e.getMessage());
        }
        for (String statement : inOne(part.statements())) {
            sayPersistently(key, statement);
        }
    }

    /// A move whose asks were lost under load is tried again; a flow that cannot be led back in order, as its old way
    /// is dead, say, is led back without.
    private void sayPersistently(String key, String statement) throws IOException, StatementException {
        int tries = statement.startsWith("route move ") ? MOVE_TRIES : 1;
        while (true) {
            try {
                nodes.say(key, List.of(statement.split("\n")));
                return;
            } catch (StatementException e) {
                if (statement.startsWith("route retire ")) {
                    nodes.say(key, List.of(statement.replace("route retire ", "route del ")));
                    return;
                }
                tries--;
                if (tries == 0) {
                    throw e;
                }
            }
        }
    }

    /// What is between begin and commit goes over one connection.
    private static List<String> inOne(List<String> statements) {
        List<String> all = new ArrayList<>();
        StringBuilder open = null;
        for (String statement : statements) {
            if (statement.equals("begin")) {
                open = new StringBuilder(statement);
            } else if (open != null) {
                open.append('\n').append(statement);
                if (statement.equals("commit")) {
                    all.add(open.toString());
                    open = null;
                }
            } else {
                all.add(statement);
            }
        }
        return all;
    }

    private void mend(View view) {
        List<Script.Part> parts = Script.repair(view, holder);
        for (Script.Part part : parts) {
            try {
                say(part);
                log.mended(part);
            } catch (IOException | StatementException | NotLeading e) {
                complain("node " + part.node() + " cannot be mended: " + e.getMessage());
            }
        }
    }

    /// Takes back all that adaptation did, at each node that answers, and ends it there: leases are refused until
    /// somebody says `adapt on`.
    ///
    /// @return what went wrong, a line a node
    static List<String> off(Nodes nodes) {
        List<String> troubles = new ArrayList<>();
        for (String key : nodes.keys()) {
            try {
                nodes.say(key, List.of("adapt off"));
            } catch (IOException | StatementException e) {
                troubles.add("node " + key + ": " + e.getMessage());
            }
        }
        return troubles;
    }
}
