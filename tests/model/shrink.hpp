// Makes a failing script short: takes out steps, then makes those that remain plainer, as long as it still fails.
#pragma once

#include <functional>
#include <string>

#include "model/lockstep.hpp"
#include "model/step.hpp"

namespace tepore::model {

/// REQUIRES a script that fails. The difference may become another one on the way: it is one all the same.
[[nodiscard]] script shrink(script s, const saboteur_maker& make_saboteur = {});

/// The script's conversation and the difference at its end, for people.
[[nodiscard]] std::string retell(const script& s, const saboteur_maker& make_saboteur = {});

}  // namespace tepore::model
