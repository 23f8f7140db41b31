package org.vnetp.reports.result;

import java.nio.file.Path;
import java.util.List;

/// All that a result directory says, read at once.
///
/// @param directory where it was read from
/// @param info what was run
/// @param observations in the order of the file
/// @param cutOffLines 1 where the last line was cut off by a crash and left out, otherwise 0
public record Results(Path directory, RunInfo info, List<Observation> observations, int cutOffLines) {}
