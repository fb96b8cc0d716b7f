// How a word of a closed vocabulary is read and written; for the files that make such vocabularies.
#pragma once

#include "config/kinds.hpp"
#include "config/nearest.hpp"

namespace causeway::config {

/// "a, b or c"
std::string joined(const std::vector<std::string>& words);

template <class T>
std::vector<std::string> words_of(const Choice<T>& choice) {
    std::vector<std::string> words;
    for (const auto& [word, value] : choice.words) words.push_back(word);
    return words;
}

template <class T>
std::string Choice<T>::expected() const {
    return joined(words_of(*this));
}

template <class T>
Fit Choice<T>::parse(std::string_view text, T& out) const {
    for (const auto& [word, value] : words) {
        if (word == text) {
            out = value;
            return {};
        }
    }
    return Misfit{expected(), suggestion(text, words_of(*this))};
}

template <class T>
std::string Choice<T>::write(const T& value) const {
    for (const auto& [word, meaning] : words) {
        if (meaning == value) return word;
    }
    return words.front().first;
}

}  // namespace causeway::config
