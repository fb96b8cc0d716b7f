// What the loader has found so far: faults, notes, and where each value stands in the file.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"
#include "config/yaml_tree.hpp"

namespace causeway::config {

/// Values are named by paths such as `trunks[0].codecs[1]`.
class Findings {
  public:
    explicit Findings(std::string file) : file_(std::move(file)) {}

    void stands_at(const std::string& path, Place place) { places_.emplace(path, place); }
    bool given(const std::string& path) const { return places_.contains(path); }

    /// A fault of one value; later faults of the same value are its consequences and not told.
    void fault_at(Place place, const std::string& path, std::string found, std::string expected,
                  std::string hint = "");
    /// The same where the value stands, or, not being given, the nearest part that is.
    void fault(const std::string& path, std::string found, std::string expected, std::string hint = "");
    /// The value cannot be judged, since a part of it is at fault.
    void doubt(const std::string& path) { faulty_.insert(path); }
    /// Not wrong, but worth a line in the log.
    void note(std::string text) { notes_.push_back(std::move(text)); }

    /// Is this value, or a part that it stands in, already at fault?
    bool faulty(std::string path) const;

    /// In the order of the file; only the first hundred.
    std::vector<Fault> take_faults();
    std::map<std::string, Place> take_places() { return std::move(places_); }
    std::vector<std::string> take_notes() { return std::move(notes_); }

  private:
    std::string file_;
    std::map<std::string, Place> places_;
    std::set<std::string> faulty_;
    std::vector<Fault> faults_;
    std::vector<std::string> notes_;
};

/// `http.tls` of `http.tls.enabled`, `users` of `users[3]`, "" of `users`.
std::string parent_path(const std::string& path);

}  // namespace causeway::config
