package org.vnetp.reports.history;

import java.util.List;
import org.vnetp.reports.history.HistoryRun.Entry;
import org.vnetp.reports.steps.Step;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A history for programs. What is no number is left out, never written as one.
final class HistoryJson {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private HistoryJson() {}

    static String of(List<Timeline> timelines) {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode all = root.putArray("timelines");
        ArrayNode troubles = root.putArray("troubles");
        for (Timeline timeline : timelines) {
            timeline.troubles().forEach(troubles::add);
            ObjectNode node = all.addObject();
            node.put("machineKey", timeline.machineKey());
            node.put("suite", timeline.suite());
            node.put("olderRuns", timeline.older());
            node.put("verdict", HistoryWords.verdict(timeline));
            ArrayNode runs = node.putArray("runs");
            for (HistoryRun run : timeline.runs()) {
                ObjectNode each = runs.addObject();
                each.put("file", run.fileName());
                each.put("started", run.started());
                each.put("commit", run.commit());
                each.put("dirty", run.dirty());
                each.put("state", run.state());
            }
            ArrayNode markers = node.putArray("markers");
            for (Timeline.Marker marker : timeline.markers()) {
                markers.addObject().put("run", marker.run()).put("text", marker.text());
            }
            ArrayNode series = node.putArray("series");
            timeline.series().forEach(each -> series(series.addObject(), timeline, each));
        }
        return JSON.writeValueAsString(root) + "\n";
    }

    private static void series(ObjectNode node, Timeline timeline, Series series) {
        node.put("series", series.name());
        node.put("unit", series.unit());
        node.put("moreIsBetter", series.moreIsBetter());
        node.put("epoch", series.epoch());
        number(node, "noise", series.noise());
        ArrayNode points = node.putArray("points");
        for (int run : series.runs()) {
            Entry entry = series.entries().get(run);
            ObjectNode point = points.addObject();
            point.put("run", run);
            number(point, "value", entry.value());
            number(point, "low", entry.low());
            number(point, "high", entry.high());
            point.put("blocks", entry.blocks());
        }
        ArrayNode outliers = node.putArray("outliers");
        series.outliers().forEach(outliers::add);
        ArrayNode epochs = node.putArray("acceptedEpochs");
        for (Decisions.Epoch epoch : series.epochs()) {
            epochs.addObject()
                    .put("run", epoch.run())
                    .put("at", epoch.decision().at())
                    .put("reason", epoch.decision().reason());
        }
        ArrayNode steps = node.putArray("steps");
        for (Series.Change change : series.steps()) {
            Step step = change.step();
            ObjectNode each = steps.addObject();
            each.put("grade", step.grade().text());
            each.put("from", step.from());
            each.put("to", step.to());
            each.put("at", step.at());
            each.put("commits", timeline.range(step.from(), step.to()));
            number(each, "before", step.before());
            number(each, "after", step.after());
            number(each, "change", step.change());
            number(each, "gain", series.gain(step.change()));
            number(each, "p", step.pValue());
            each.put("accepted", change.accepted().isPresent());
            each.put("note", HistoryWords.note(change));
        }
        series.drift().ifPresent(drift -> {
            ObjectNode each = node.putObject("drift");
            number(each, "before", drift.before());
            number(each, "after", drift.after());
            number(each, "p", drift.pValue());
        });
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        }
    }
}
