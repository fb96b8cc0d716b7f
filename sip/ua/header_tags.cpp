#include "sip/ua/header_tags.hpp"

#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#include <utility>

namespace causeway::sip {

struct HeaderTags::Impl {
    std::vector<std::string> lines;
    std::vector<tagi_t> tags;
};

HeaderTags::HeaderTags(std::vector<std::string> lines) : impl_(std::make_unique<Impl>()) {
    impl_->lines = std::move(lines);
    for (const std::string& line : impl_->lines)
        impl_->tags.push_back(tagi_t{SIPTAG_UNKNOWN_STR(line.c_str())});
    impl_->tags.push_back(tagi_t{TAG_END()});
}

HeaderTags::~HeaderTags() = default;

const void* HeaderTags::list() const {
    return impl_->tags.data();
}

}  // namespace causeway::sip
