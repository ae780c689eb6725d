// From settings to a running broker.
#pragma once

#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "broker/server.hpp"
#include "settings/settings.hpp"

namespace tepore::apps {

/// The broker of [broker], [tls] and [http], with the page on its ws and wss listeners. `log` must outlive it.
[[nodiscard]] result<std::unique_ptr<broker::server>> serve(const settings::all_settings& from, log_sink& log);

}  // namespace tepore::apps
