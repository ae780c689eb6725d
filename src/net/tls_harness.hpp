// What the tests of TLS share: certificates, and options that fit together.
#pragma once

#include <string_view>

#include "net/test_certificates.hpp"
#include "net/tls.hpp"

namespace tepore::net::testing {

inline const test_certificates& files() {
    static const test_certificates made;
    return made;
}

inline server_tls_options server_options() {
    return {.cert_file = files().server_cert(), .key_file = files().server_key(), .client_ca_file = {}};
}

inline client_tls_options client_options() {
    return {.ca_file = files().ca(), .cert_file = {}, .key_file = {}, .verify_peer = true, .server_name = {}};
}

/// A server that wants to see a certificate, and a client that has one.
inline server_tls_options demanding_options() {
    auto out = server_options();
    out.client_ca_file = files().ca();
    out.require_client_cert = true;
    return out;
}

inline client_tls_options certified_options() {
    auto out = client_options();
    out.cert_file = files().client_cert();
    out.key_file = files().client_key();
    return out;
}

inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace tepore::net::testing
