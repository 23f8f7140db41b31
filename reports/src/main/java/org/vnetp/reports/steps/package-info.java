/// Steps in a series of measurements: where its level changed and stayed changed.
///
/// [StepFinder] asks two detectors that have nothing in common, and believes what both say: [EDivisive]
/// divides where the distances between values are largest and tests means, [Potts] fits medians at the least
/// cost. Everything is a function of an array of numbers; runs, commits and machines are not known here.
/// Nothing is random.
package org.vnetp.reports.steps;
