// The little of bencoding (BitTorrent's BEP 3) that rtpengine's control protocol needs: dictionaries of
// texts, of lists of texts and of dictionaries are written; of what comes, the texts of the outermost
// dictionary are read. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::load {

/// A dictionary in the making. Keys come out sorted, as BEP 3 wants them.
class Bencode {
  public:
    Bencode& text(const std::string& key, std::string_view value);
    Bencode& list(const std::string& key, const std::vector<std::string_view>& values);
    Bencode& dictionary(const std::string& key, const Bencode& value);

    std::string to_string() const;

  private:
    std::map<std::string, std::string> encoded_;
};

/// The texts in the outermost dictionary by their keys; numbers, lists and inner dictionaries are skipped.
Result<std::map<std::string, std::string>> read_bencoded_texts(std::string_view input);

}  // namespace causeway::load
