#include "tepore/client.hpp"

#include "client/driver.hpp"

namespace tepore {

client::client(client_options options, client_handlers handlers) : driver_(std::make_unique<driver>(std::move(options), std::move(handlers))) {}
client::~client() = default;

std::optional<std::string> client::start() {
    return driver_->start();
}
bool client::stop(std::chrono::milliseconds limit, disconnect_options how) {
    return driver_->stop(limit, std::move(how));
}

void client::publish(message m, completion done) {
    driver_->publish(std::move(m), std::move(done));
}
void client::subscribe(std::vector<subscription> filters, completion done, subscribe_details details) {
    driver_->subscribe(std::move(filters), std::move(done), std::move(details));
}
void client::unsubscribe(std::vector<std::string> filters, completion done, user_properties user) {
    driver_->unsubscribe(std::move(filters), std::move(done), std::move(user));
}

void client::reauthenticate(completion done) {
    driver_->reauthenticate(std::move(done));
}

bool client::connected() const noexcept {
    return driver_->connected();
}
void client::pause_messages(bool paused) {
    driver_->pause(paused);
}
void client::call_after(std::chrono::milliseconds delay, std::function<void()> task) {
    driver_->call_after(delay, std::move(task));
}

}  // namespace tepore
