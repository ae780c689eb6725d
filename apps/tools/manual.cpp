#include "apps/tools/manual.hpp"

#include <string_view>

#include "apps/tools/bench_plan.hpp"
#include "apps/tools/passwd_flags.hpp"
#include "apps/tools/pub_plan.hpp"
#include "apps/tools/sub_plan.hpp"
#include "settings/load.hpp"

namespace tepore::tools {
namespace {

constexpr std::string_view beginning = R"(.\" Made by `./dev docs` from the tables of flags; a test checks that it is current.
.TH TEPORE 1 "" "Tepore" "User Commands"
.SH NAME
tepore \- MQTT broker, thermostat, remote control and tools
.SH SYNOPSIS
.B tepore
.I COMMAND
.RI [ FLAGS ]
.SH DESCRIPTION
One program, a command for each thing it can be. What a command has beyond its own flags (the configuration file, the environment) is told in
docs/configuration.md;
.B \-\-print\-config
prints what is in force.
)";

constexpr std::string_view format_section = R"(.SH OUTPUT FORMAT OF tepore sub \-F
.TP
.B %t %p %l %q %r
topic, payload, its length in bytes, QoS, retained (1 or 0)
.TP
.B %x %X
the payload in hexadecimal
.TP
.B %j %J
everything as JSON; with %J the payload is JSON itself
.TP
.B %I %U
the time it arrived: ISO 8601, and seconds since 1970 with nanoseconds
.TP
.B %C %D %E %F %P %R
content type, correlation data, expiry, payload format, user properties and response topic of MQTT 5.0
.TP
.B @H @M @S @Y ...
the time, as
.BR strftime (3)
knows it; @N are the nanoseconds
.TP
.B %% @@ \e\e \en \et \e0 \ea \ee \er \ev
the characters themselves, and special ones
.PP
A minimum width, a maximum width, \- for the left side and 0 for zeros may stand after the %: %\-20.20t
)";

constexpr std::string_view ending = R"(.SH ENVIRONMENT
.TP
.B TEPORE_CONFIG
the configuration file, where \-\-config is not given
.TP
.B TEPORE_SECTION_KEY
any setting
.TP
.B TEPORE_MQTT_PASSWORD
the password of tepore pub and tepore sub, and of tepore bench, where \-P is not given
.TP
.B LC_ALL LC_MESSAGES LANG
the language of tepore remote
.TP
.B NO_COLOR
tepore remote without colours
.SH EXIT STATUS
.TP
.B run, broker, thermostat, remote, passwd
0 ended as asked, 1 wrong flags, 2 wrong configuration, 3 an address or port cannot be had, 4 the data directory cannot be used,
5 a file may not be read or written, 6 anything else: no broker, no thermostat, a command that was refused
.TP
.B pub, sub
0 ended as asked, 27 timed out (\-W), the broker's reason or return code where it refused, 1 anything else
.TP
.B bench
0 good, 1 no connection, refused, or the broker broke the protocol, 2 messages were lost, came twice or out of order
.SH EXAMPLES
.nf
tepore run \-\-speed 60
tepore broker \-\-listen tcp://127.0.0.1:1883 \-\-listen ws://127.0.0.1:8080
tepore sub \-t 'home1/thermostat/#' \-v
tepore pub \-t home1/thermostat/setpoint/set \-m 21.5 \-q 1
tepore remote \-\-json \-\-once
tepore remote \-\-set 21.5
.fi
.SH SEE ALSO
.BR mosquitto_pub (1),
.BR mosquitto_sub (1)
)";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    // A dot or a quote at the beginning of a line would be a command.
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

void append_flags(std::string& out, std::string_view command, std::string_view summary, const std::vector<settings::flag>& flags) {
    out += ".SH \"tepore " + std::string(command) + "\"\n" + escaped(summary) + "\n";
    std::string group;
    for (const auto& f : flags) {
        if (f.group != group) {
            group = f.group;
            out += ".SS " + escaped(group) + "\n";
        }
        std::string names;
        for (const char c : f.names) names += c == ',' ? std::string(", ") : std::string(1, c);
        out += ".TP\n\\fB" + escaped(names) + "\\fR";
        if (!f.value_name.empty()) out += " \\fI" + escaped(f.value_name) + "\\fR";
        out += "\n" + escaped(f.help) + "\n";
    }
}

}  // namespace

std::string manual_page() {
    std::string out(beginning);
    for (const auto* c : {&settings::run_command(), &settings::broker_command(), &settings::thermostat_command(), &settings::remote_command()}) {
        append_flags(out, c->name, c->summary, settings::flags_of(*c));
    }
    append_flags(out, "pub", "Publishes messages, like mosquitto_pub.", pub_flags());
    append_flags(out, "sub", "Prints messages as they arrive, like mosquitto_sub.", sub_flags());
    out += format_section;
    append_flags(out, "bench", "Measures a broker, and checks that every message arrives, once, in order and as it was sent.", bench_flags());
    append_flags(out, "passwd", "Gives a user of the broker a password. It is asked for, or read as one line from standard input.", passwd_flags());
    out += ending;
    return out;
}

}  // namespace tepore::tools
