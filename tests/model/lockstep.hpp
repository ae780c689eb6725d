// Runs a script on the broker core and on the model, in lock-step on one virtual clock, and compares after each step.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/generator.hpp"
#include "model/saboteur.hpp"
#include "model/step.hpp"

namespace tepore::model {

struct failure {
    std::size_t step = 0;  // index of the step that showed it
    std::string difference;
};

/// A saboteur for each run, as it counts from the start; empty: the broker as it is.
using saboteur_maker = std::function<std::unique_ptr<saboteur>()>;

/// The first difference, if there is one. With `conversation`, everything that is said is written there, one line each.
[[nodiscard]] std::optional<failure> play(const script& s, const saboteur_maker& make_saboteur = {},
                                          std::vector<std::string>* conversation = nullptr);

/// What the broker's CONNACK says.
[[nodiscard]] features offered_features();

inline constexpr unsigned clients_max = 5;

}  // namespace tepore::model
