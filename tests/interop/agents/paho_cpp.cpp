// Agent around Paho C++ (Debian's libpaho-mqttpp-dev).
#include <mqtt/async_client.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr auto limit = std::chrono::seconds(10);
constexpr int session_expiry_s = 300;

std::mutex output;

void say(const std::string& line) {
    const std::lock_guard lock(output);
    std::cout << line << std::endl;
}

std::string to_hex(const std::string& bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out.empty() ? "-" : out;
}

std::string from_hex(const std::string& word) {
    std::string out;
    if (word != "-") {
        for (std::size_t i = 0; i + 1 < word.size(); i += 2) out += static_cast<char>(std::stoi(word.substr(i, 2), nullptr, 16));
    }
    return out;
}

class listener : public virtual mqtt::callback {
    void message_arrived(mqtt::const_message_ptr m) override {
        say("message " + to_hex(m->get_topic()) + ' ' + std::to_string(m->get_qos()) + ' ' + (m->is_retained() ? "1 " : "0 ") +
            to_hex(m->get_payload_str()));
    }
};

void wait(const mqtt::token_ptr& token) {
    if (!token->wait_for(limit)) throw std::runtime_error("no answer from the broker");
}

class agent {
public:
    agent(std::string address, int level) : address_(std::move(address)), level_(level) {}

    std::string connect(const std::vector<std::string>& words) {
        const bool clean = words[1] == "1";
        client_ =
            std::make_unique<mqtt::async_client>(address_, from_hex(words[0]), mqtt::create_options(level_ == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1));
        client_->set_callback(listener_);
        mqtt::connect_options options;
        options.set_mqtt_version(level_ == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
        if (level_ == 5) {
            options.set_clean_start(clean);
            options.set_properties({mqtt::property(mqtt::property::SESSION_EXPIRY_INTERVAL, clean ? 0 : session_expiry_s)});
        } else {
            options.set_clean_session(clean);
        }
        if (words.size() > 2) {
            const auto payload = from_hex(words[3]);
            options.set_will(mqtt::will_options(from_hex(words[2]), payload.data(), payload.size(), std::stoi(words[4]), words[5] == "1"));
        }
        const auto token = client_->connect(options);
        wait(token);
        return token->get_connect_response().is_session_present() ? "connected 1" : "connected 0";
    }

    std::string subscribe(const std::vector<std::string>& words) {
        const auto token = client_->subscribe(from_hex(words[0]), std::stoi(words[1]));
        wait(token);
        const auto codes = token->get_subscribe_response().get_reason_codes();
        return "subscribed " + (codes.empty() ? words[1] : std::to_string(codes[0]));
    }

    std::string unsubscribe(const std::vector<std::string>& words) {
        wait(client_->unsubscribe(from_hex(words[0])));
        return "unsubscribed";
    }

    std::string publish(const std::vector<std::string>& words) {
        wait(client_->publish(mqtt::make_message(from_hex(words[0]), from_hex(words[3]), std::stoi(words[1]), words[2] == "1")));
        return "published";
    }

    std::string disconnect(const std::vector<std::string>&) {
        wait(client_->disconnect());
        return "disconnected";
    }

private:
    std::string address_;
    int level_;
    listener listener_;
    std::unique_ptr<mqtt::async_client> client_;
};

std::string obey(agent& a, const std::string& command, const std::vector<std::string>& words) {
    if (command == "connect") return a.connect(words);
    if (command == "subscribe") return a.subscribe(words);
    if (command == "unsubscribe") return a.unsubscribe(words);
    if (command == "publish") return a.publish(words);
    if (command == "disconnect") return a.disconnect(words);
    return "error unknown command " + command;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    agent a(arguments[1], std::stoi(arguments[2]));
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream in(line);
        std::string command;
        in >> command;
        std::vector<std::string> words;
        for (std::string word; in >> word;) words.push_back(word);
        try {
            say(obey(a, command, words));
        } catch (const std::exception& problem) {
            say(std::string("error ") + problem.what());
        }
    }
    return 0;
}
