/// The page: one HTML file that holds everything a reader of a result needs, without a network, a script or another
/// file.
///
/// Whatever came from a file is escaped; the page's own content security policy forbids everything but its own style.
package org.vnetp.reports.page;
