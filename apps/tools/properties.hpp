// MQTT 5.0 properties of messages as words: "-D publish content-type text/plain".
#pragma once

#include <string>
#include <vector>

#include <tepore/client.hpp>

#include "base/result.hpp"
#include "settings/arguments.hpp"

namespace tepore::tools {

/// The -D flag: three words, four for a user-property.
[[nodiscard]] settings::flag property_flag();

/// All words of all -D flags, in order, cut into properties. `commands` are the allowed first words, as "connect|publish|will".
[[nodiscard]] result<std::vector<std::vector<std::string>>> split_properties(const std::vector<std::string>& words, std::string_view commands);

/// `words`: command, name, value, and for a user-property a second value.
[[nodiscard]] result<void> set_message_property(message_properties& into, const std::vector<std::string>& words);

}  // namespace tepore::tools
