/// What the launcher tells about all of its commands together: completion for shells, and the manual page. It
/// stands here because this module sees the others.
package org.vnetp.nas.command;
