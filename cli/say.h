// How every command speaks: results on stdout, sentences about trouble on stderr, colours only on a terminal.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::cli {

// Exit statuses (overview): done or true; asked, and the answer is no; bad usage, file or policy.
inline constexpr int kOk = 0;
inline constexpr int kNo = 1;
inline constexpr int kUsage = 2;

// "agentmesh: <sentence>" on stderr.
void complain(std::string_view sentence);
// Writes to stdout; a closed pipe is not an error worth words.
void print(std::string_view text);
// "s" when `count` is not 1.
std::string_view plural(size_t count);

enum class Colour { kNone, kRed, kGreen, kYellow, kDim, kBold };
// `text` in that colour if stdout is a terminal and NO_COLOR is not set; else as it is.
std::string coloured(std::string_view text, Colour colour);

}  // namespace agentmesh::cli
