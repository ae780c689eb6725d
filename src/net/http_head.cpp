#include "net/http_head.hpp"

#include <algorithm>
#include <http_parser.h>
#include <utility>

namespace tepore::net {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// What the library's callbacks collect. They are called once for each part, because the head is given in one piece.
struct collector {
    http_head head;
    std::string_view target;
    bool complete = false;
    bool value_expected = false;
    unsigned long long body_bytes = 0;
    bool chunked = false;

    static collector& of(http_parser* parser) { return *static_cast<collector*>(parser->data); }

    static http_parser_settings callbacks() {
        http_parser_settings settings;
        http_parser_settings_init(&settings);
        settings.on_url = [](http_parser* parser, const char* text, std::size_t size) {
            of(parser).target = {text, size};
            return 0;
        };
        settings.on_status = [](http_parser* parser, const char* text, std::size_t size) {
            of(parser).head.reason = {text, size};
            return 0;
        };
        settings.on_header_field = [](http_parser* parser, const char* text, std::size_t size) {
            collector& self = of(parser);
            if (std::exchange(self.value_expected, true)) return 1;
            self.head.request.fields.emplace_back(std::string_view(text, size), std::string_view());
            return 0;
        };
        settings.on_header_value = [](http_parser* parser, const char* text, std::size_t size) {
            collector& self = of(parser);
            if (!std::exchange(self.value_expected, false)) return 1;  // a value folded over lines, which RFC 9112 forbids
            self.head.request.fields.back().second = {text, size};
            return 0;
        };
        settings.on_headers_complete = [](http_parser* parser) {
            collector& self = of(parser);
            self.complete = true;
            self.body_bytes = (parser->flags & F_CONTENTLENGTH) != 0 ? parser->content_length : 0;
            self.chunked = parser->uses_transfer_encoding != 0;
            self.head.keep_alive = http_should_keep_alive(parser) != 0;
            return 0;
        };
        return settings;
    }
};

std::expected<http_head, http_refusal> parse(http_parser_type type, std::string_view text) {
    static const http_parser_settings settings = collector::callbacks();
    collector collected;
    http_parser parser;
    http_parser_init(&parser, type);
    parser.data = &collected;
    http_parser_execute(&parser, &settings, text.data(), text.size());
    const auto failed = HTTP_PARSER_ERRNO(&parser);
    if (failed == HPE_INVALID_METHOD) return std::unexpected(http_refusal{405, "only GET and HEAD are known here"});
    if (failed != HPE_OK) return std::unexpected(http_refusal{400, http_errno_description(failed)});
    if (!collected.complete || parser.http_major != 1) return std::unexpected(http_refusal{400, "this is not HTTP/1.1"});
    http_head& head = collected.head;
    head.minor_version = parser.http_minor;
    head.has_body = collected.body_bytes > 0 || collected.chunked;
    if (type == HTTP_RESPONSE) {
        head.status = parser.status_code;
    } else {
        const auto question = collected.target.find('?');
        head.request.method = http_method_str(static_cast<http_method>(parser.method));
        head.request.path = collected.target.substr(0, question);
        if (question != std::string_view::npos) head.request.query = collected.target.substr(question + 1);
    }
    return std::move(head);
}

}  // namespace

std::optional<std::size_t> find_http_head(std::string_view text) noexcept {
    constexpr std::string_view end = "\r\n\r\n";
    const auto at = text.find(end);
    if (at == text.npos) return std::nullopt;
    return at + end.size();
}

std::expected<http_head, http_refusal> parse_http_request(std::string_view text) { return parse(HTTP_REQUEST, text); }
std::expected<http_head, http_refusal> parse_http_response(std::string_view text) { return parse(HTTP_RESPONSE, text); }

std::string_view http_reason(unsigned status) noexcept { return http_status_str(static_cast<http_status>(status)); }

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool list_has(std::string_view list, std::string_view word) noexcept {
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view item = list.substr(0, comma);
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
        while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
        while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
        if (same_word(item, word)) return true;
    }
    return false;
}

std::optional<std::string_view> http_request::field(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields) {
        if (same_word(key, name)) return value;
    }
    return std::nullopt;
}

}  // namespace tepore::net
