#include "net/tls_words.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tepore::net {

std::string tls_library_words() {
    const auto code = ERR_peek_last_error();
    const char* words = ERR_reason_error_string(code);
    ERR_clear_error();
    return words != nullptr ? words : "unknown error";
}

std::string tls_failure_words(const SSL* ssl) {
    if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
        const std::string words = X509_verify_cert_error_string(verdict);
        ERR_clear_error();
        if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
            return "the peer's certificate is for another host (" + words + ")";
        }
        return "the peer's certificate is not trusted (" + words + ")";
    }
    switch (ERR_GET_REASON(ERR_peek_last_error())) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_UNKNOWN_PROTOCOL:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_RECORD_LENGTH_MISMATCH:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_TOO_SMALL: return "the peer does not speak TLS here (" + tls_library_words() + ")";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return "the peer knows only outdated versions of TLS (1.2 or newer is needed)";
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the client has sent no certificate, and one is required";
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "the server requires a client certificate";
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: return "the peer does not trust our certificate (" + tls_library_words() + ")";
        default: return tls_library_words();
    }
}

}  // namespace tepore::net
