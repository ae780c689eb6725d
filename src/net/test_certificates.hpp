// Certificates for the tests, made on the spot: two CAs that do not know each other, a server and a client of the first.
#pragma once

#include <string>

namespace tepore::net::testing {

/// Files in a directory of their own, removed with the object.
class test_certificates {
public:
    test_certificates();
    ~test_certificates();
    test_certificates(const test_certificates&) = delete;
    test_certificates& operator=(const test_certificates&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const { return directory_ + "/" + name; }
    [[nodiscard]] std::string ca() const { return file("ca.pem"); }
    [[nodiscard]] std::string other_ca() const { return file("other_ca.pem"); }
    [[nodiscard]] std::string server_cert() const { return file("server.pem"); }  // for "localhost", 127.0.0.1 and "broker.example"
    [[nodiscard]] std::string server_key() const { return file("server.key"); }
    [[nodiscard]] std::string client_cert() const { return file("client.pem"); }
    [[nodiscard]] std::string client_key() const { return file("client.key"); }

private:
    std::string directory_;
};

}  // namespace tepore::net::testing
