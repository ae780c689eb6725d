// What a client may do in one step. A step says nothing about packet identifiers or what came before ("acknowledge the oldest message"), so a run
// stays sensible when steps are taken out of it; a step that has no meaning at its moment does nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/message.hpp"
#include "protocol/packet.hpp"
#include "protocol/types.hpp"

namespace tepore::model {

struct will_plan {
    std::string topic;
    std::string payload;
    protocol::qos qos{};
    bool retain = false;
    std::uint32_t delay_s = 0;
    std::optional<std::uint32_t> expiry_s;
    content_properties content;
};

/// The old connection, if there still is one, is taken over.
struct connect_step {
    protocol::version version = protocol::version::v3_1_1;
    bool clean = true;
    bool nameless = false;  // without client id
    std::uint16_t keep_alive_s = 0;
    std::optional<will_plan> will;
    // 5.0; 0: not sent.
    std::uint32_t expiry_s = 0;
    std::uint32_t receive_maximum = 0;
    std::uint32_t packet_bytes_max = 0;
    std::uint32_t alias_maximum = 0;
    bool problem_information = true;
};

struct disconnect_step {
    protocol::reason code = protocol::reason::success;
    std::optional<std::uint32_t> expiry_s;
};

/// The network fails.
struct drop_step {};

struct publish_step {
    std::string topic;
    std::string payload;
    protocol::qos qos{};
    bool retain = false;
    std::optional<std::uint32_t> expiry_s;
    std::uint32_t alias = 0;
    bool only_alias = false;  // the topic is left out if the alias is known
    content_properties content;
};

/// Sends the oldest thing that is not answered again: PUBLISH with DUP, or PUBREL.
struct repeat_step {};

/// Answers what the broker sent: PUBACK, PUBREC, PUBREL, PUBCOMP. `which` chooses among the kinds that are due; of one kind the oldest goes first.
struct answer_step {
    unsigned which = 0;
    unsigned how_many = 1;
    bool refuse = false;  // PUBACK or PUBREC with an error
};

struct subscribe_step {
    std::vector<std::pair<std::string, protocol::subscription_options>> filters;
    std::uint32_t identifier = 0;
};

struct unsubscribe_step {
    std::vector<std::string> filters;
};

struct ping_step {};

/// Only time passes.
struct wait_step {
    std::chrono::nanoseconds time{};
};

struct step {
    unsigned client = 0;
    std::chrono::nanoseconds before{};  // passes first. Odd amounts: two deadlines never meet
    bool unread = false;                // the network fails before the client reads what came
    std::variant<connect_step, disconnect_step, drop_step, publish_step, repeat_step, answer_step, subscribe_step, unsubscribe_step, ping_step,
                 wait_step>
        what;
};

/// How the broker is set up for a run.
struct setup {
    unsigned shards = 1;
    std::uint16_t receive_maximum = 100;
    std::uint16_t inflight_max = 100;
    std::size_t queue_messages_max = 1000;
};

struct script {
    model::setup setup;
    std::vector<step> steps;
};

}  // namespace tepore::model
