/// The overlay node: composes loops, links, NICs and control; the one room that creates threads and opens descriptors.
package org.vnetp.overlay;
