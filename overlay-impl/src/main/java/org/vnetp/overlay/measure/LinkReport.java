package org.vnetp.overlay.measure;

import java.util.Map;

/// What `show measurements` tells of one link.
///
/// @param link   its name
/// @param values of every quantity
/// @param more   what else is known: strings, numbers, booleans
public record LinkReport(String link, Map<Quantity, Estimate> values, Map<String, Object> more) {}
