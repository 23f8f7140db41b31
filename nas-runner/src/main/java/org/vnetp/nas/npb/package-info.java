/// Real NPB programs: their names, their legal rank counts, and a strict parser of what they print (NPB 2.4 to
/// 3.4, MPI).
///
/// [NpbBinaries] finds a program in the user's directory, [NpbParser] turns its standard output into a sealed
/// [NpbOutcome]. Nothing here runs anything. All types are immutable and may be used from any thread.
package org.vnetp.nas.npb;
