#include "remote/web/page.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using tepore::as_text;
using tepore::remote::find_page_file;
using tepore::remote::page_file;
using tepore::remote::page_files;

namespace {

/// Every value of src="..." and href="..." in a piece of HTML.
std::set<std::string> references_of(std::string_view html) {
    std::set<std::string> found;
    for (const std::string_view attribute : {"src=\"", "href=\""}) {
        for (auto at = html.find(attribute); at != std::string_view::npos; at = html.find(attribute, at + 1)) {
            const auto from = at + attribute.size();
            found.emplace(html.substr(from, html.find('"', from) - from));
        }
    }
    return found;
}

}  // namespace

// A binary built with TEPORE_WEB=OFF has no page: nothing to test then.
TEST_CASE("the page at / refers only to files that are embedded too") {
    if (page_files().empty()) {
        return;
    }
    const page_file* page = find_page_file("/");
    REQUIRE(page != nullptr);
    CHECK(page == find_page_file("/index.html"));
    CHECK(page->content_type == "text/html; charset=utf-8");
    CHECK_FALSE(page->immutable);

    const auto references = references_of(as_text(page->bytes));
    CHECK(references.size() >= 2);
    for (const auto& reference : references) {
        CAPTURE(reference);
        REQUIRE(reference.starts_with("./"));
        const page_file* asset = find_page_file(reference.substr(1));
        REQUIRE(asset != nullptr);
        CHECK(asset->immutable);
    }
}

TEST_CASE("each file is served whole, with a validator of its own and a gzip twin") {
    std::set<std::string_view> etags;
    for (const page_file& file : page_files()) {
        CAPTURE(file.path);
        CHECK_FALSE(file.bytes.empty());
        CHECK(etags.insert(file.etag).second);
        CHECK(file.etag.starts_with('"'));
        REQUIRE(file.gzip.size() > 2);
        CHECK(file.gzip[0] == 0x1f);
        CHECK(file.gzip[1] == 0x8b);
    }
}

TEST_CASE("the page holds no inline script or style, which its security policy would refuse") {
    for (const page_file& file : page_files()) {
        if (!file.content_type.starts_with("text/html")) {
            continue;
        }
        const auto html = as_text(file.bytes);
        CHECK(html.find("<style") == std::string_view::npos);
        CHECK(html.find(" style=") == std::string_view::npos);
        CHECK(html.find("<script>") == std::string_view::npos);
        CHECK(html.find("http://") == std::string_view::npos);
        CHECK(html.find("https://") == std::string_view::npos);
    }
}

TEST_CASE("an unknown path is no file") {
    CHECK(find_page_file("") == nullptr);
    CHECK(find_page_file("/nothing") == nullptr);
    CHECK(find_page_file("//") == nullptr);
}
