// TLS 1.2 and 1.3 over another stream. Which files, which peers are trusted: options in listener.hpp and dial.hpp; all else is fixed here:
// no renegotiation, no compression, session tickets for servers, buffers released while idle.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/dial.hpp"
#include "net/layer.hpp"
#include "net/listener.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct bio_method_st;

namespace tepore::net {

inline constexpr duration tls_handshake_patience = std::chrono::seconds(10);

/// Certificates and trust, read once and shared by the connections of a listener or of a dial. Threads: may be shared by any.
class tls_context {
public:
    /// Errors name the file and what is wrong with it.
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> server(const server_tls_options& options);
    [[nodiscard]] static result<std::shared_ptr<const tls_context>> client(const client_tls_options& options);

    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

private:
    friend class tls_stream;
    tls_context() = default;
    ssl_ctx_st* context_ = nullptr;
    bio_method_st* bio_method_ = nullptr;
};

class tls_stream final : public layer {
public:
    /// The accepting side.
    [[nodiscard]] static std::unique_ptr<tls_stream> accept(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below);
    /// The connecting side; the certificate must be for `server_name` (a name or an address) if the context verifies.
    [[nodiscard]] static std::unique_ptr<tls_stream> connect(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below,
                                                             const std::string& server_name, duration handshake_patience);
    ~tls_stream() override;

    std::size_t send(std::span<const iovec> parts) override;
    [[nodiscard]] std::string_view kind() const noexcept override { return "tls"; }

private:
    friend class tls_context;
    struct bio;  // the functions through which OpenSSL reads and writes

    tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> below, duration handshake_patience);
    void begin() override;
    void decode(byte_span wire) override;
    void say_goodbye() override;
    [[nodiscard]] bool handshake();
    void decrypt();
    [[nodiscard]] bool encrypt(byte_view plain);

    std::shared_ptr<const tls_context> context_;
    ssl_st* ssl_ = nullptr;
    byte_view incoming_;  // encrypted bytes not yet read by OpenSSL; during decode() only
};

}  // namespace tepore::net
