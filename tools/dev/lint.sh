# shellcheck shell=bash disable=SC2154  # jobs comes from ./dev
# What machines can say about the code without running it. Sourced by ./dev.

sources() { git ls-files -co --exclude-standard -- '*.cpp' '*.hpp' | while read -r file; do if [ -f "$file" ]; then echo "$file"; fi; done; }

format() {
    setup lint
    sources | xargs -r -P "$jobs" -n 20 clang-format -i
}

# Every header by itself: one that needs another included before it is a trap for the next reader.
lint_headers_alone() {
    sources | grep '\.hpp$' |
        xargs -r -P "$jobs" -I{} g++ -std=c++23 -fsyntax-only -Wall -Wextra -Werror -Wno-missing-field-initializers -I. -Isrc -Iinclude -Itests -include {} -x c++ /dev/null
}

# Only the objects: with nothing compiled there is nothing to link. Ninja still makes what objects need, such as embedded files.
lint_clang() {
    # As linker too: where a program's path is compiled in, ninja wants the program before the object.
    configure clang -DCMAKE_CXX_COMPILER_LAUNCHER="$PWD/tools/dev/syntax_only" -DCMAKE_CXX_LINKER_LAUNCHER="$PWD/tools/dev/syntax_only" || return 1
    ninja -C build/clang -t targets all | sed -n 's/\.o: CXX_COMPILER__.*/.o/p' | xargs -r ninja -C build/clang -j "$jobs" --quiet
}

lint() {
    local failed=()
    setup build test lint || return 1
    say "layout (clang-format; ./dev fmt repairs)"
    sources | xargs -r -P "$jobs" -n 20 clang-format --dry-run -Werror || failed+=(layout)
    say "include arrows"
    configure dev || return 1
    { cmake --build build/dev --target includes_test -j "$jobs" && build/dev/tests/includes/includes_test; } || failed+=(includes)
    say "headers that stand alone"
    lint_headers_alone || failed+=(headers)
    say "clang 19 reads everything"
    lint_clang || failed+=(clang)
    if [ ${#failed[@]} -gt 0 ]; then
        say "not clean: ${failed[*]}"
        return 1
    fi
    say "clean"
}
