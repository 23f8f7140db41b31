/// The overlay node: composes loops, links, NICs and control; the one place that creates threads.
package org.vnetp.overlay;
