#include "remote/terminal/words.hpp"

#include <array>

namespace tepore::remote {
namespace {

struct pair_of {
    std::string_view english;
    std::string_view italian;
    [[nodiscard]] std::string_view in(language l) const noexcept { return l == language::italian ? italian : english; }
};

/// In the order of `phrase`.
constexpr std::array phrases{
    pair_of{"connecting to the broker", "collegamento al broker"},
    pair_of{"broker: connected", "broker: connesso"},
    pair_of{"no broker", "nessun broker"},
    pair_of{"thermostat: online", "termostato: connesso"},
    pair_of{"thermostat: offline; the values are the last ones received", "termostato: non connesso; i valori sono gli ultimi ricevuti"},
    pair_of{"nothing heard of the thermostat yet", "ancora nessuna notizia dal termostato"},
    pair_of{"Room", "Stanza"},
    pair_of{"Set to", "Impostata"},
    pair_of{"waiting for the thermostat", "in attesa del termostato"},
    pair_of{"no measurement", "nessuna misura"},
    pair_of{"Mode", "Modo"},
    pair_of{"Preset", "Situazione"},
    pair_of{"Humidity", "Umidità"},
    pair_of{"Outdoor", "Fuori"},
    pair_of{"Window", "Finestra"},
    pair_of{"Demand", "Richiesta"},
    pair_of{"Energy", "Energia"},
    pair_of{"Next", "Poi"},
    pair_of{"Sensor", "Sensore"},
    pair_of{"Course", "Andamento"},
    pair_of{"Alarm", "Allarme"},
    pair_of{"+ - set point   m mode   p preset   b boost   r refresh   q quit",
            "+ - temperatura   m modo   p situazione   b boost   r rileggi   q esci"},
    pair_of{"done", "fatto"},
    pair_of{"refused", "rifiutato"},
    pair_of{"no answer from the thermostat", "nessuna risposta dal termostato"},
    pair_of{"The thermostat cannot be reached now; nothing was changed.", "Il termostato ora non si raggiunge; non è cambiato nulla."},
    pair_of{"The window is too small.", "La finestra è troppo piccola."},
    pair_of{"Type help for what you can say.", "Scrivi aiuto per sapere che cosa puoi dire."},
    pair_of{"A temperature (21.5), + or -, mode WORD, preset WORD, boost MINUTES, boost off, status, refresh, quit.",
            "Una temperatura (21,5), + o -, modo PAROLA, situazione PAROLA, boost MINUTI, boost off, stato, rileggi, esci."},
    pair_of{"I did not understand that.", "Non ho capito."},
    pair_of{"Room temperature", "Temperatura della stanza"},
    pair_of{"Set point", "Temperatura impostata"},
    pair_of{"Mode", "Modo"},
    pair_of{"Preset", "Situazione"},
};

struct word_row {
    std::string_view word;
    pair_of said;
};

constexpr std::array words{
    word_row{"off", {"off", "spento"}},
    word_row{"heat", {"heat", "caldo"}},
    word_row{"cool", {"cool", "fresco"}},
    word_row{"auto", {"auto", "auto"}},
    word_row{"none", {"none", "nessuna"}},
    word_row{"comfort", {"comfort", "comfort"}},
    word_row{"eco", {"eco", "eco"}},
    word_row{"sleep", {"sleep", "notte"}},
    word_row{"away", {"away", "fuori casa"}},
    word_row{"boost", {"boost", "boost"}},
    word_row{"idle", {"idle", "in attesa"}},
    word_row{"heating", {"heating", "in riscaldamento"}},
    word_row{"cooling", {"cooling", "in raffrescamento"}},
    word_row{"open", {"open", "aperta"}},
    word_row{"closed", {"closed", "chiusa"}},
    word_row{"ok", {"ok", "a posto"}},
    word_row{"stale", {"no recent measurement", "nessuna misura recente"}},
    word_row{"fault", {"fault", "guasto"}},
    word_row{"missing", {"missing", "assente"}},
    word_row{"setpoint", {"set point", "temperatura"}},
    word_row{"mode", {"mode", "modo"}},
    word_row{"preset", {"preset", "situazione"}},
    // Why a command was refused.
    word_row{"not_a_number", {"that is not a number", "non è un numero"}},
    word_row{"out_of_range", {"outside of the allowed range", "fuori dai limiti"}},
    word_row{"unknown_value", {"the thermostat does not know that value", "il termostato non conosce questo valore"}},
    word_row{"not_configured", {"not set up here", "qui non è previsto"}},
    word_row{"rate_limited", {"too many commands at once", "troppi comandi insieme"}},
    word_row{"unsupported", {"the thermostat cannot do that", "il termostato non lo sa fare"}},
    word_row{"too_large", {"too long", "troppo lungo"}},
    // Alarms.
    word_row{"sensor_stale", {"the sensor is silent", "il sensore tace"}},
    word_row{"sensor_fault", {"the sensor is broken", "il sensore è guasto"}},
    word_row{"no_heat_response", {"the room does not get warmer", "la stanza non si scalda"}},
    word_row{"over_temperature", {"the room is too hot", "la stanza è troppo calda"}},
    word_row{"stuck_on", {"the heating does not stop", "il riscaldamento non si ferma"}},
    word_row{"frost", {"danger of frost", "pericolo di gelo"}},
    word_row{"command_retained", {"somebody retained a command on the broker", "qualcuno ha lasciato un comando sul broker"}},
};

struct reason_row {
    std::string_view reason;
    pair_of sentence;
};

constexpr pair_of resting_off{"Off. The house stays protected from frost.", "Spento. La casa resta protetta dal gelo."};

constexpr std::array reasons{
    reason_row{"window", {"A window is open: the heating pauses.", "Una finestra è aperta: il riscaldamento fa una pausa."}},
    reason_row{"frost", {"Frost protection: the room is being warmed.", "Antigelo: la stanza viene scaldata."}},
    reason_row{"min_off", {"A short rest: the heating may not start again yet.", "Una breve pausa: il riscaldamento non può ancora ripartire."}},
    reason_row{"min_on", {"A little longer: the heating may not stop yet.", "Ancora un poco: il riscaldamento non può ancora fermarsi."}},
    reason_row{"max_on",
               {"The heating was on for too long and was stopped.", "Il riscaldamento è rimasto acceso troppo a lungo ed è stato fermato."}},
    reason_row{"sensor_stale",
               {"No recent measurement: gentle heat until the sensor is back.", "Nessuna misura recente: calore lieve finché il sensore non torna."}},
    reason_row{"sensor_fault", {"The sensor is broken: only as much heat as is safe.", "Il sensore è guasto: solo il calore che è sicuro."}},
    reason_row{"actuator_fault", {"The heating does not answer.", "Il riscaldamento non risponde."}},
    reason_row{"over_temperature", {"Too hot: the heating stays off.", "Troppo caldo: il riscaldamento resta spento."}},
    reason_row{"shed", {"Paused to save power.", "In pausa per risparmiare potenza."}},
    reason_row{"off", resting_off},
    reason_row{"preheat", {"Heating ahead of the schedule.", "Riscaldamento in anticipo sul programma."}},
};

}  // namespace

language language_of(std::string_view lc_all, std::string_view lc_messages, std::string_view lang) noexcept {
    const auto chosen = !lc_all.empty() ? lc_all : !lc_messages.empty() ? lc_messages : lang;
    const bool italian = chosen.starts_with("it") && (chosen.size() == 2 || chosen[2] == '_' || chosen[2] == '.' || chosen[2] == '@');
    return italian ? language::italian : language::english;
}

std::string_view say(language l, phrase p) noexcept {
    return phrases[static_cast<std::size_t>(p)].in(l);
}

std::string_view say_word(language l, std::string_view word) noexcept {
    for (const auto& row : words) {
        if (row.word == word) return row.said.in(l);
    }
    return word;
}

std::string say_reason(language l, std::string_view action, std::string_view reason, std::string_view setpoint) {
    if (action.empty() && reason.empty()) return {};
    for (const auto& row : reasons) {
        if (row.reason == reason) return std::string(row.sentence.in(l));
    }
    const bool italian = l == language::italian;
    const std::string target = setpoint.empty() ? "" : say_number(l, setpoint) + " °C";
    if (action == "heating") return (italian ? "Riscaldamento verso " : "Heating towards ") + target + ".";
    if (action == "cooling") return (italian ? "Raffrescamento verso " : "Cooling towards ") + target + ".";
    if (action == "off") return std::string(resting_off.in(l));
    return (italian ? "Il riscaldamento è fermo; la stanza resta intorno a " : "The heating rests; the room is held at ") + target + ".";
}

std::string say_command(language l, std::string_view command, std::string_view payload) {
    const auto said = command == "setpoint" ? say_number(l, payload) : std::string(say_word(l, payload));
    return std::string(say_word(l, command)) + " " + said;
}

std::string say_number(language l, std::string_view number) {
    std::string out(number);
    if (l == language::italian) {
        for (char& c : out) c = c == '.' ? ',' : c;
    }
    return out;
}

}  // namespace tepore::remote
