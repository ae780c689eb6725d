#include "tepore/client.hpp"

#include "client/driver.hpp"

namespace tepore {

client::client(client_options options, client_handlers handlers) : driver_(std::make_unique<driver>(std::move(options), std::move(handlers))) {}
client::~client() = default;

std::optional<std::string> client::start() { return driver_->start(); }
bool client::stop(std::chrono::milliseconds limit) { return driver_->stop(limit); }

void client::publish(message m, completion done) { driver_->publish(std::move(m), std::move(done)); }
void client::subscribe(std::vector<subscription> filters, completion done) { driver_->subscribe(std::move(filters), std::move(done)); }
void client::unsubscribe(std::vector<std::string> filters, completion done) { driver_->unsubscribe(std::move(filters), std::move(done)); }

bool client::connected() const noexcept { return driver_->connected(); }
void client::pause_messages(bool paused) { driver_->pause(paused); }

}  // namespace tepore
