// TLS over another stream. Records hold up to 16 KiB: what one send() is given leaves in as few of them as can be.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/layer.hpp"
#include "net/tls_context.hpp"

namespace tepore::net {

class tls_step;

inline constexpr duration tls_handshake_patience = std::chrono::seconds(10);

class tls_stream final : public layer {
public:
    /// The accepting side.
    [[nodiscard]] static std::unique_ptr<tls_stream> accept(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below,
                                                            duration handshake_patience = tls_handshake_patience);
    /// The connecting side; the certificate must be for `server_name` (a name or an address) if the context verifies.
    [[nodiscard]] static std::unique_ptr<tls_stream> connect(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below,
                                                             const std::string& server_name, duration handshake_patience);
    ~tls_stream() override;

    std::size_t send(std::span<const iovec> parts) override;
    [[nodiscard]] std::string_view kind() const noexcept override { return "tls"; }
    /// The handshake took a ticket instead of a certificate.
    [[nodiscard]] bool is_resumed() const noexcept;

private:
    friend class tls_step;
    struct straight_wire;

    tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below, duration handshake_patience);
    void begin() override;
    void decode(byte_span wire) override;
    void say_goodbye() override;
    void arrived() override;
    void left() noexcept override;

    void handshake(byte_view wire);
    void hand_to_pool(byte_view wire);
    void step_done();
    void decrypt(byte_span wire);
    [[nodiscard]] bool encrypt(byte_view plain);

    std::shared_ptr<const tls_context> context_;
    ssl_st* ssl_ = nullptr;           // null while a step has it
    std::shared_ptr<tls_step> step_;  // of the handshake, under way in the pool
};

}  // namespace tepore::net
