#include "remote/terminal/json_line.hpp"

#include <nlohmann/json.hpp>

namespace tepore::remote {
namespace {

using json = nlohmann::ordered_json;

json value_of(const home& h, const thermostat::property_row& row) {
    const auto& word = h.word(row.id);
    if (word.empty() || word == "None") return nullptr;
    if (row.kind != thermostat::payload_kind::number) return word;
    const auto number = h.number(row.id);
    return number ? json(*number) : json(nullptr);
}

}  // namespace

std::string json_line(const home& h) {
    json out;
    out["uid"] = h.uid();
    out["broker"] = h.link() == broker_link::connected ? "connected" : h.link() == broker_link::connecting ? "connecting" : "away";
    out["online"] = h.online() ? json(*h.online()) : json(nullptr);
    out["name"] = h.name().empty() ? json(nullptr) : json(h.name());
    for (const auto& row : thermostat::property_table) {
        // Nested documents have topics of their own: tepore sub shows them.
        if (row.kind != thermostat::payload_kind::json) out[std::string(row.name)] = value_of(h, row);
    }
    out["alarms"] = json::array();
    for (const auto& [code, message] : h.alarms()) out["alarms"].push_back(code);
    return out.dump();
}

}  // namespace tepore::remote
