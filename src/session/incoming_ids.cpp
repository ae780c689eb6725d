#include "session/incoming_ids.hpp"

namespace tepore::session {

incoming_ids::page* incoming_ids::make_page(protocol::packet_id id) {
    if (!table_) table_ = std::make_unique<table>();
    auto& p = table_->pages[id / page_bits];
    p = std::make_unique<page>();
    return p.get();
}

}  // namespace tepore::session
