#pragma once

#include <vector>

#include "settings/arguments.hpp"

namespace tepore::tools {

[[nodiscard]] inline std::vector<settings::flag> passwd_flags() {
    return {
        {"file", "FILE", "The users file; it is made when it is not there", ""},
        {"name", "NAME", "Who gets a password", ""},
        {"-D,--delete", "", "Remove the user instead", ""},
        {"--help", "", "This text", ""},
    };
}

}  // namespace tepore::tools
