/// Plots, drawn by XChart without a display: [Charts] decides what is drawn, [Picture] turns it into SVG and PNG.
///
/// Every picture has a fixed size, a title, units on its axes and the colours of Okabe and Ito,
/// which colour-blind readers can tell apart; series differ by marker as well. The same data give
/// the same bytes on the same machine; glyphs are drawn as outlines, so an SVG looks alike
/// everywhere.
package org.vnetp.reports.chart;
