/// Where frames go: rules with MAC qualifiers and VNET/P's priorities, learning, the flow cache.
///
/// Control builds an immutable [org.vnetp.overlay.route.RoutingTable]; each loop owns one
/// [org.vnetp.overlay.route.Forwarder] and asks it once per frame. The answer,
/// [org.vnetp.overlay.route.Destinations], is immutable and shared. Only tables cross threads.
package org.vnetp.overlay.route;
