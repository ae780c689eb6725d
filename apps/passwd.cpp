// tepore passwd: writes the users file that broker.users_file names. Lines: NAME:$argon2id$...:SCRAM-SHA-256$...
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>
#include <vector>

#include "apps/commands.hpp"
#include "apps/service.hpp"
#include "apps/tools/connection_flags.hpp"
#include "apps/tools/passwd_flags.hpp"
#include "apps/tools/users_file.hpp"
#include "broker/users.hpp"
#include "sasl/scram.hpp"
#include "settings/arguments.hpp"

namespace tepore::apps {
namespace {

/// A line from standard input; from a terminal it is not shown while it is typed.
std::optional<std::string> ask(const char* prompt) {
    termios before{};
    const bool terminal = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        std::fputs(prompt, stderr);
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    std::string line;
    const bool given = static_cast<bool>(std::getline(std::cin, line));
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        std::fputc('\n', stderr);
    }
    return given ? std::optional(line) : std::nullopt;
}

result<std::string> ask_password() {
    const auto first = ask("Password: ");
    if (!first || first->empty()) return failure("no password was given");
    if (isatty(STDIN_FILENO) == 0) return *first;
    const auto second = ask("Again: ");
    if (second != first) return failure("the two passwords differ");
    return *first;
}

/// What follows the name. A password that SCRAM cannot use still opens the door by password login.
result<std::string> keep(const std::string& name, const std::string& password, std::uint32_t iterations) {
    auto line = broker::hash_password(password);
    if (!line) return line;
    const auto verifier = broker::scram_part(name, password, iterations);
    if (verifier) {
        *line += ":" + *verifier;
    } else {
        std::fprintf(stderr, "tepore: '%s' will be able to log in by password, not by SCRAM-SHA-256: %s\n", name.c_str(),
                     verifier.error().message.c_str());
    }
    return line;
}

result<void> change(const std::string& file, const std::string& name, bool remove, std::uint32_t iterations) {
    if (const auto wrong = tools::check_user_name(name); !wrong) return wrong;
    auto content = tools::read_users_file(file);
    if (!content) return std::unexpected(content.error());
    if (remove) {
        if (!tools::remove_user(*content, name)) return failure("there is no user '" + name + "' in " + file);
        return tools::write_users_file(file, *content);
    }
    const auto password = ask_password();
    if (!password) return std::unexpected(password.error());
    const auto kept = keep(name, *password, iterations);
    if (!kept) return std::unexpected(kept.error());
    tools::set_user(*content, name, *kept);
    return tools::write_users_file(file, *content);
}

}  // namespace

int passwd_command(std::span<const std::string> arguments) {
    const auto flags = tools::passwd_flags();
    const auto given = settings::parse_arguments(flags, arguments);
    if (!given) return give_up(settings::exit_code::usage, given.error().message);
    std::string file;
    std::string name;
    bool remove = false;
    std::uint32_t iterations = broker::scram_iterations;
    for (const auto& one : *given) {
        const auto& flag = one.which->names;
        if (flag == "--help") {
            std::printf(
                "tepore passwd FILE NAME\n"
                "Gives a user a password, or a new one. It is asked for, or read as one line from standard input.\n\n%s",
                settings::flags_help(flags).c_str());
            return 0;
        }
        if (flag == "file") file = one.value;
        if (flag == "name") name = one.value;
        if (flag.starts_with("-D")) remove = true;
        if (flag == "--iterations") {
            const auto number = tools::whole_number(flag, one.value, sasl::iterations_min, sasl::iterations_max);
            if (!number) return give_up(settings::exit_code::usage, number.error().message);
            iterations = *number;
        }
    }
    if (file.empty() || name.empty()) return give_up(settings::exit_code::usage, "passwd: expected FILE and NAME (tepore passwd --help)");
    const auto done = change(file, name, remove, iterations);
    return done ? 0 : give_up(settings::exit_code::privileges, done.error().message);
}

}  // namespace tepore::apps
