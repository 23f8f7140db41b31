/// Reports: recomputes tables, charts and pages from stored results; runs nothing.
package org.vnetp.reports;
