#include "net/http_server.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "net/http_head.hpp"
#include "net/websocket.hpp"
#include "net/websocket_handshake.hpp"

namespace tepore::net {

/// One connection: reads a head, answers, reads the next; never two answers at a time.
class http_connection final : private stream_events {
public:
    http_connection(http_server& server, std::unique_ptr<stream> connection) : server_(server), stream_(std::move(connection)) {}
    ~http_connection() { stop(); }

    [[nodiscard]] bool start() {
        wait_at_most(http_head_patience);
        return stream_->attach(server_.loop_, *this).has_value();
    }

    /// Nothing is heard any more; destruction may come later.
    void stop() noexcept {
        server_.loop_.cancel(std::exchange(timer_, 0));
        if (stream_) stream_->detach();
    }

private:
    void on_open() override {}

    void on_bytes(byte_view bytes) override {
        if (closing_) return;
        if (input_.empty()) wait_at_most(http_head_patience);
        input_ += as_text(bytes);
        answer_waiting_requests();
    }

    void on_room() override {
        if (!answering_) return;
        wait_at_most(http_idle_patience);
        send_on();
        if (!answering_) answer_waiting_requests();
    }

    void on_end(std::string_view) override { server_.retire(*this); }

    void on_patience_over() {
        timer_ = 0;
        if (answering_ || closing_) return server_.retire(*this);
        if (input_.empty()) {
            closing_ = true;
            stream_->finish();
            wait_at_most(http_idle_patience);
        } else {
            refuse(408, "the request did not arrive in time", {});
        }
    }

    void answer_waiting_requests() {
        while (!answering_ && !closing_) {
            const auto size = find_http_head(input_);
            if (size.value_or(input_.size()) > http_head_bytes_max) return refuse(431, "the request's head is longer than 8 KiB", {});
            if (!size) return;
            const std::string text = input_.substr(0, *size);  // outlives the views of the head
            input_.erase(0, *size);
            const auto head = parse_http_request(text);
            if (!head) return refuse(head.error().status, head.error().why, {});
            if (head->request.path == server_.websocket_path_) {
                if (upgrade(*head)) return;  // this connection is over
            } else {
                answer(*head);
            }
        }
    }

    void answer(const http_head& head) {
        const http_request& request = head.request;
        if (request.method != "GET" && request.method != "HEAD") return refuse(405, "only GET and HEAD are known here", "Allow: GET, HEAD\r\n");
        if (head.has_body) return refuse(413, "requests with a body are not taken", {});
        if (head.minor_version > 0 && !request.field("Host")) return refuse(400, "the Host field is missing", {});
        auto found = server_.pages_ ? server_.pages_(request) : std::nullopt;
        if (!head.keep_alive) close_after_ = true;
        if (!found) return answer_in_words(404, "there is nothing at this path", {}, request.method == "HEAD");
        content_ = std::move(*found);
        std::string fields;
        const auto add = [&](std::string_view name, std::string_view value) {
            if (!value.empty()) fields.append(name).append(": ").append(value).append("\r\n");
        };
        const bool known = !content_.etag.empty() && list_has(request.field("If-None-Match").value_or(std::string_view()), content_.etag);
        if (!known) {
            add("Content-Type", content_.content_type);
            add("Content-Encoding", content_.content_encoding);
        }
        add("ETag", content_.etag);
        add("Cache-Control", content_.cache_control);
        add("Content-Security-Policy", content_.content_security_policy);
        add("Vary", "Accept-Encoding");
        begin_answer(known ? 304 : content_.status, fields, content_.body.size(), request.method == "HEAD" || known);
    }

    /// A refusal ends the connection: what follows a request that was not understood cannot be trusted.
    void refuse(unsigned status, std::string_view why, std::string_view extra_fields) {
        close_after_ = true;
        answer_in_words(status, why, extra_fields, false);
    }

    void answer_in_words(unsigned status, std::string_view why, std::string_view extra_fields, bool head_only) {
        auto text = std::make_shared<std::string>(std::to_string(status) + " " + std::string(http_reason(status)) + ": " + std::string(why) + "\n");
        content_ = {};
        content_.body = as_bytes(*text);
        content_.owner = text;
        begin_answer(status, "Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n" + std::string(extra_fields), text->size(), head_only);
    }

    void begin_answer(unsigned status, std::string_view fields, std::size_t body_bytes, bool head_only) {
        output_ = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http_reason(status)) + "\r\n" + std::string(fields) +
                  "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n";
        if (close_after_) output_ += "Connection: close\r\n";
        if (status != 304) output_ += "Content-Length: " + std::to_string(body_bytes) + "\r\n";
        output_ += "\r\n";
        if (head_only) content_.body = {};
        sent_ = 0;
        answering_ = true;
        wait_at_most(http_idle_patience);
        send_on();
    }

    void send_on() {
        const std::size_t head_sent = std::min(sent_, output_.size());
        const std::size_t body_sent = sent_ - head_sent;
        const std::array parts{iovec{output_.data() + head_sent, output_.size() - head_sent},
                               iovec{const_cast<std::uint8_t*>(content_.body.data()) + body_sent, content_.body.size() - body_sent}};
        sent_ += stream_->send(parts);
        answering_ = sent_ < output_.size() + content_.body.size();
        stream_->want_bytes(!answering_);  // the next request may wait in the kernel
        if (answering_) return;
        output_ = {};
        content_ = {};
        if (close_after_) {
            closing_ = true;
            stream_->finish();
        }
    }

    /// True when the connection has become a WebSocket and left.
    bool upgrade(const http_head& head) {
        auto response = answer_upgrade(head, server_.origins_allowed_);
        if (!response) {
            refuse(response.error().status, response.error().why, response.error().extra_fields);
            return false;
        }
        const iovec part{response->data(), response->size()};
        const std::size_t sent = stream_->send({&part, 1});
        stream_->detach();
        auto websocket = websocket_stream::accepted(std::move(stream_), as_bytes(input_), as_bytes(std::string_view(*response).substr(sent)));
        http_server& server = server_;
        server.retire(*this);
        server.on_websocket_(std::move(websocket));
        return true;
    }

    void wait_at_most(duration patience) {
        server_.loop_.cancel(timer_);
        timer_ = server_.loop_.call_at(server_.loop_.now() + patience, [this] { on_patience_over(); });
    }

    http_server& server_;
    std::unique_ptr<stream> stream_;
    std::string input_;  // at most a head and one receive buffer
    std::string output_;
    http_content content_;
    std::size_t sent_ = 0;  // of output_ and the content's body
    bool answering_ = false;
    bool close_after_ = false;
    bool closing_ = false;
    timer_id timer_ = 0;
};

http_server::http_server(net::loop& loop, std::string websocket_path, http_routes pages, std::vector<std::string> origins_allowed,
                         std::function<void(std::unique_ptr<stream>)> on_websocket)
    : loop_(loop),
      websocket_path_(std::move(websocket_path)),
      pages_(std::move(pages)),
      origins_allowed_(std::move(origins_allowed)),
      on_websocket_(std::move(on_websocket)) {}

http_server::~http_server() { loop_.cancel(retire_timer_); }

void http_server::take(std::unique_ptr<stream> connection) {
    if (connections_.size() >= http_connections_max) return;
    auto made = std::make_unique<http_connection>(*this, std::move(connection));
    http_connection& one = *made;
    connections_.emplace(&one, std::move(made));
    if (!one.start()) retire(one);
}

void http_server::retire(http_connection& done) {
    const auto found = connections_.find(&done);
    if (found == connections_.end()) return;
    done.stop();
    retired_.push_back(std::move(found->second));
    connections_.erase(found);
    if (retire_timer_ != 0) return;
    retire_timer_ = loop_.call_at(loop_.now(), [this] {
        retire_timer_ = 0;
        retired_.clear();
    });
}

}  // namespace tepore::net
