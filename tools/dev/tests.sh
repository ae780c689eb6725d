# shellcheck shell=bash disable=SC2154  # jobs comes from ./dev
# Builds and runs the tests. Sourced by ./dev.

# counted FILE...: how many cases passed and failed in CTest's JUnit file or in a test runner's output. A program that counts its own cases
# (doctest, vitest, `node --test`) counts with them, any other as one; a test that could not be started has failed. Prints "passed failed skipped".
counted() {
    awk '
        function finish() {
            if (status == "skipped") skipped++
            else if (status == "run") { passed += own_passed + own_failed > 0 ? own_passed : 1; failed += own_failed }
            else if (status == "failed") { passed += own_passed; failed += own_failed > 0 ? own_failed : 1 }
            status = ""; own_passed = own_failed = 0
        }
        { gsub(/\033\[[0-9;]*m/, "") }
        /<testcase / { finish(); status = /status="run"/ ? "run" : "failed" }
        /<skipped message="SKIP/ { status = "skipped" }
        /\[doctest\] test cases:/ { split($0, part, "|"); own_passed += part[2]; own_failed += part[3] }
        /^[^ ]+ pass [0-9]+$/ { own_passed += $3 }
        /^[^ ]+ fail [0-9]+$/ { own_failed += $3 }
        /^[^ ]+: [0-9]+ passed, [0-9]+ failed/ { own_passed += $2; own_failed += $4 }
        /^ +Tests  .*\([0-9]+\)$/ {
            if (match($0, /[0-9]+ passed/)) own_passed += substr($0, RSTART)
            if (match($0, /[0-9]+ failed/)) own_failed += substr($0, RSTART)
        }
        END {
            if (status == "") { passed += own_passed; failed += own_failed }
            finish()
            printf "%d %d %d\n", passed, failed, skipped
        }' "$@"
}

# run_tests [--asan|--tsan] [CTEST FLAGS]
run_tests() {
    local preset=dev log=build/web-tests.log failed=0 passed_cases=0 failed_cases=0 skipped_cases=0 counts=()
    local prefix=()
    case ${1-} in
        --asan)
            preset=asan
            shift
            export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
            export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
            ;;
        --tsan)
            preset=tsan
            shift
            export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}
            # Every broker that a test starts without saying how many workers has three.
            export TEPORE_BROKER_WORKERS=3
            # g++ 12's ThreadSanitizer does not know the wide address randomisation of newer kernels.
            if setarch -R true 2>/dev/null; then prefix=(setarch -R); fi
            ;;
    esac
    setup build test || return 1
    configure "$preset"
    if [ "$preset" = tsan ]; then set -- -E "$(sed -n 's/^TEPORE_ONE_THREAD_TESTS:INTERNAL=//p' build/tsan/CMakeCache.txt)" "$@"; fi
    if ! cmake --build "build/$preset" -j "$jobs"; then
        echo "the build failed: 0 passed, 1 failed"
        return 1
    fi

    local junit=build/$preset/tests.xml
    rm -f "$junit"
    "${prefix[@]}" ctest --test-dir "build/$preset" -j2 --output-on-failure --no-tests=error -LE interop \
        --output-junit tests.xml --test-output-size-passed 65536 --test-output-size-failed 1048576 --test-output-truncation head \
        "$@" </dev/null || failed=1
    if [ -f "$junit" ]; then
        read -r passed_cases failed_cases skipped_cases < <(counted "$junit")
        python3 tools/dev/failed_tests.py "$junit"
    fi
    # The page's own unit tests do not change with the sanitizer.
    if [ "$preset" = dev ] && [ -f web/package.json ]; then
        (cd web && npm test) </dev/null 2>&1 | tee "$log" || failed=1
        read -ra counts < <(counted "$log")
        passed_cases=$((passed_cases + counts[0]))
        failed_cases=$((failed_cases + counts[1]))
    fi
    # A runner that failed without naming a case still failed.
    if [ "$failed" = 1 ] && [ "$failed_cases" = 0 ]; then failed_cases=1; fi
    if [ "$skipped_cases" -gt 0 ]; then echo "$skipped_cases skipped (see above)"; fi
    echo "$passed_cases passed, $failed_cases failed"
    [ "$failed" = 0 ] && [ "$failed_cases" = 0 ]
}
