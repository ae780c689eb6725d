// Writes the pages that are made from tables in the code: tepore_docs TREE. Run by `./dev docs`; tests check that the pages are current.
#include <cstdio>
#include <fstream>
#include <string>

#include "settings/document.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: tepore_docs TREE\n", stderr);
        return 1;
    }
    std::ofstream out(std::string(argv[1]) + "/docs/configuration.md", std::ios::binary);
    out << tepore::settings::configuration_page();
    out.close();
    return out ? 0 : 1;
}
