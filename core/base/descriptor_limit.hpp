// The process' limit of open descriptors: raised at start, respected before a call is taken. GLib ends the
// process when it finds none left.
#pragma once

namespace causeway {

/// Raises the soft limit to the hard one. Call once, from main.
void raise_descriptor_limit();

/// Whether `count` more descriptors could be opened now, by opening and closing them. Any thread; a few
/// microseconds.
bool descriptors_left(int count);

}  // namespace causeway
