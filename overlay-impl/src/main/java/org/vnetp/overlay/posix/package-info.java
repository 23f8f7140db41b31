/// The only code that calls native functions, by `java.lang.foreign`: files, TAP ioctls, sockets, epoll, threads.
///
/// [org.vnetp.overlay.posix.Posix] is the call layer. Calls never throw on a failing system call:
/// they return the result, or the negated `errno`, so that a loop can count and go on; set-up code
/// wraps them in [org.vnetp.overlay.posix.Posix#check]. One `Posix` object belongs to one thread
/// (it holds that thread's errno buffer). Buffers and addresses stay the caller's; nothing here
/// keeps one after the call.
package org.vnetp.overlay.posix;
