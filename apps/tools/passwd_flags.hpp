#pragma once

#include <vector>

#include "settings/arguments.hpp"

namespace tepore::tools {

[[nodiscard]] inline std::vector<settings::flag> passwd_flags() {
    return {
        {"file", "FILE", "The users file; it is made when it is not there", ""},
        {"name", "NAME", "Who gets a password", ""},
        {"-D,--delete", "", "Remove the user instead", ""},
        {"--iterations", "N",
         "Work that SCRAM-SHA-256 costs the user's clients at the first login, and a thief at each guess: 4096 to 1000000 (100000). "
         "A microcontroller does some 5,000 in a second", ""},
        {"--help", "", "This text", ""},
    };
}

}  // namespace tepore::tools
