// Whether AddressSanitizer watches: what keeps memory for reuse tells it, or keeps none.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define TEPORE_WATCHES_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEPORE_WATCHES_MEMORY 1
#endif
#endif

namespace tepore {

#ifdef TEPORE_WATCHES_MEMORY
inline constexpr bool memory_is_watched = true;
#else
inline constexpr bool memory_is_watched = false;
#endif

}  // namespace tepore
