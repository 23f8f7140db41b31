package org.vnetp.overlay.measure;

import java.util.Map;
import java.util.Optional;

/// What `show measurements` tells of one link.
///
/// @param link   its name
/// @param last   the echo that came back last, of those that tell delays
/// @param values of every quantity
/// @param more   what else is known: strings, numbers, booleans
public record LinkReport(String link, Optional<Echo> last, Map<Quantity, Estimate> values, Map<String, Object> more) {}
