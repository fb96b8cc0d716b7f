// Where a value stands in the configuration's file.
#pragma once

namespace causeway::config {

/// Both from 1; 0 when it stands nowhere.
struct Place {
    int line = 0;
    int column = 0;
};

}  // namespace causeway::config
