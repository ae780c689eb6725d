// settings: the TOML configuration file, environment variables and flags of every command, alone and together
//
// Input: a byte that chooses the command, then the file up to a byte 0, then lines: NAME=VALUE for the environment, anything else is an argument.
#include <array>
#include <string>
#include <vector>

#include "fuzz/input.hpp"
#include "settings/document.hpp"
#include "settings/load.hpp"

using namespace tepore;
using namespace tepore::settings;
using fuzz::must;

namespace {

constexpr std::string_view file_name = "home.toml";

bool is_one_line(std::string_view text) {
    return !text.empty() && text.find('\n') == std::string_view::npos;
}

/// The file by itself: every mistake names it; without mistakes, what we print of the settings gives the same settings.
void check_file(const std::string& text) {
    layered got;
    const auto wrong = read_file(got, file_name, text);
    for (const auto& mistake : wrong) {
        must(mistake.starts_with(file_name) && mistake.size() > file_name.size() + 2, "a mistake names the file and says what is wrong", mistake);
        must(is_one_line(mistake), "a mistake is one line", mistake);
    }
    if (!wrong.empty()) return;
    const auto printed = print_config(got);
    layered again;
    const auto none = read_file(again, file_name, printed);
    must(none.empty(), "what --print-config prints can be read", none.empty() ? printed : none.front());
    // Where a value came from stands in comments: the second time at another line.
    again.origins = got.origins;
    must(print_config(again) == printed, "what --print-config prints gives the same settings", printed);
}

void check_load(const command& c, const std::string& file, const std::vector<std::pair<std::string, std::string>>& variables,
                const std::vector<std::string>& arguments) {
    const surroundings world{variables, [&](const std::string& path) -> result<std::string> {
                                 if (path != file_name) return failure(path + ": cannot be read");
                                 return file;
                             }};
    const auto got = load(c, arguments, world);
    if (got) {
        if (got->wish == wish::start) static_cast<void>(print_config(got->layers));
        return;
    }
    must(got.error().code == exit_code::usage || got.error().code == exit_code::configuration, "wrong flags or a wrong configuration");
    must(!got.error().message.empty(), "a trouble has words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    const std::array commands{&broker_command(), &thermostat_command(), &run_command(), &remote_command()};
    const unsigned mode = in.byte();
    const std::string file(as_text(in.until(0)));
    check_file(file);
    if (in.empty() && (mode & 4) == 0) return 0;  // a command line costs a hundred times what a file does

    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> arguments;
    if ((mode & 4) != 0) arguments.emplace_back("--config=home.toml");
    while (!in.empty()) {
        const std::string line(as_text(in.until('\n')));
        const auto equals = line.find('=');
        if (line.starts_with("TEPORE_") && equals != std::string::npos)
            variables.emplace_back(line.substr(0, equals), line.substr(equals + 1));
        else
            arguments.push_back(line);
    }
    check_load(*commands[mode % 4], file, variables, arguments);
    return 0;
}
