#include "net/test_certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tepore::net::testing {
namespace {

struct freeing {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freeing>;
using certificate_ptr = std::unique_ptr<X509, freeing>;
using file_ptr = std::unique_ptr<std::FILE, freeing>;

struct identity {
    key_ptr key;
    certificate_ptr certificate;
};

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// `issuer` null: signs itself and is a CA.
identity issue(const char* name, const identity* issuer, const char* alternative_names) {
    identity made{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
    X509* const certificate = made.certificate.get();
    X509* const issuing = issuer != nullptr ? issuer->certificate.get() : certificate;
    static long serial = 1;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuing));
    extend(certificate, issuing, NID_basic_constraints, issuer != nullptr ? "CA:FALSE" : "critical,CA:TRUE");
    if (alternative_names != nullptr) extend(certificate, issuing, NID_subject_alt_name, alternative_names);
    X509_sign(certificate, issuer != nullptr ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
}

void write_certificate(const std::string& path, const identity& who) {
    const file_ptr file(std::fopen(path.c_str(), "w"));
    PEM_write_X509(file.get(), who.certificate.get());
}

void write_key(const std::string& path, const identity& who, const char* password = nullptr) {
    const file_ptr file(std::fopen(path.c_str(), "w"));
    PEM_write_PKCS8PrivateKey(file.get(), who.key.get(), password != nullptr ? EVP_aes_128_cbc() : nullptr, password,
                              password != nullptr ? static_cast<int>(std::char_traits<char>::length(password)) : 0, nullptr, nullptr);
}

}  // namespace

test_certificates::test_certificates() {
    std::string path = (std::filesystem::temp_directory_path() / "tepore_certificates_XXXXXX").string();
    directory_ = ::mkdtemp(path.data());
    const identity authority = issue("Test CA", nullptr, nullptr);
    const identity stranger = issue("Other CA", nullptr, nullptr);
    const identity server = issue("server", &authority, "DNS:localhost,DNS:broker.example,IP:127.0.0.1");
    const identity client = issue("client", &authority, nullptr);
    write_certificate(ca(), authority);
    write_certificate(other_ca(), stranger);
    write_certificate(server_cert(), server);
    write_key(server_key(), server);
    write_key(file("locked.key"), server, "secret");
    write_certificate(client_cert(), client);
    write_key(client_key(), client);
    std::fclose(std::fopen(file("empty.pem").c_str(), "w"));
}

test_certificates::~test_certificates() { std::filesystem::remove_all(directory_); }

}  // namespace tepore::net::testing
