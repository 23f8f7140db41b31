/// The statement language, its parser, the configuration that statements build, and the control
/// socket.
///
/// [org.vnetp.overlay.control.StatementParser] turns text into
/// [org.vnetp.overlay.control.Statement]s; [org.vnetp.overlay.control.NodeConfig] says whether they
/// fit the node; [org.vnetp.overlay.control.NodeController] carries them out on an
/// [org.vnetp.overlay.control.NodeActuator], which the node implements;
/// [org.vnetp.overlay.control.ControlSocket] takes them over a Unix socket. Nothing here runs on a
/// loop's thread.
package org.vnetp.overlay.control;
