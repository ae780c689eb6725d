// SASLprep (RFC 4013): how user names and passwords are written before they are compared or hashed, so that both sides hash the same bytes.
//
// What is done: spaces of other scripts become U+0020, characters that are "mapped to nothing" (soft hyphen, joiners, variation selectors) are left
// out. What is refused: broken UTF-8; the prohibited characters (controls, private use, surrogates, non-characters, tags ...); code points that
// Unicode 3.2 did not assign; text that mixes directions. Normalisation form KC is not made: a text that it could change (ligatures, full-width
// letters, accents that stand as characters of their own, the vowel signs of some scripts) is refused. So what passes is what RFC 4013 makes of
// it, byte for byte. Stored strings and queries are treated alike.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tepore::sasl {

/// The error names the character ("U+FB01"), never the text: it may be a password. REQUIRES nothing; an empty text stays empty.
[[nodiscard]] result<std::string> prepare(std::string_view text);

}  // namespace tepore::sasl
