// Writes the pages that are made from tables in the code: tepore_docs TREE. Run by `./dev docs`; tests check that the pages are current.
#include <cstdio>
#include <fstream>
#include <string>

#include "apps/tools/manual.hpp"
#include "settings/document.hpp"

namespace {

bool write(const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    if (!out) std::fprintf(stderr, "cannot write %s\n", path.c_str());
    return static_cast<bool>(out);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: tepore_docs TREE\n", stderr);
        return 1;
    }
    const std::string docs = std::string(argv[1]) + "/docs/";
    const bool written =
        write(docs + "configuration.md", tepore::settings::configuration_page()) && write(docs + "man/tepore.1", tepore::tools::manual_page());
    return written ? 0 : 1;
}
