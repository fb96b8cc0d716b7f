// Header lines as the stack takes them: written as they are, and not acted upon, since the user agent speaks
// those extensions itself. SIP thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace causeway::sip {

class HeaderTags {
  public:
    /// "Name: value" each.
    explicit HeaderTags(std::vector<std::string> lines);
    ~HeaderTags();
    HeaderTags(const HeaderTags&) = delete;
    HeaderTags& operator=(const HeaderTags&) = delete;

    /// A list of tagi_t for TAG_NEXT, as long as this object lives.
    template <class Tag>
    const Tag* as() const {
        return static_cast<const Tag*>(list());
    }

  private:
    struct Impl;
    const void* list() const;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::sip
