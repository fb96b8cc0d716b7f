// The process' limit of open descriptors: raised at start, respected before a call is taken. GLib ends the
// process when it finds none left.
#pragma once

namespace causeway {

/// Raises the soft limit to the hard one, and has the kernel make room for so many. Call once, from main,
/// before there are threads: with threads the kernel makes more room by halting whoever opens the next one
/// for a grace period of RCU, some 20 ms at 256, 512, 1024 descriptors and so on.
void raise_descriptor_limit();

/// Whether `count` more descriptors could be opened now, by opening and closing them. Any thread; a few
/// microseconds.
bool descriptors_left(int count);

}  // namespace causeway
