// How every command speaks: results on stdout, sentences about trouble on stderr, colours only on a terminal.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace agentmesh::cli {

// Exit statuses (overview): done or true; asked, and the answer is no; bad usage, file or policy.
inline constexpr int kOk = 0;
inline constexpr int kNo = 1;
inline constexpr int kUsage = 2;
inline constexpr int kVerifyUsage = 3;  // of audit verify, where 2 is taken

// "agentmesh: <sentence>" on stderr.
void complain(std::string_view sentence);
// The same without our name before it, for what begins with its place: "team.yaml:3:5: unknown key 'ruels'".
void complain_at(std::string_view placed);
// complain(), and gives the exit status of a command that could not do what it was asked: kNo.
int failed(const Error& error);
// There is no log yet (audit_place.h knows); kNo.
int no_log(std::string_view log_dir);
// For --json: what was complained of, as {"ok":false,"error":…} on stdout, if nothing stands there yet.
void complaints_as_json();
// Something went to stdout past print().
void note_printed();
// Writes to stdout; a closed pipe is not an error worth words.
void print(std::string_view text);
// Writes out what stands in stdout's buffer, so that stderr comes after it. False: some of what was printed is lost.
bool flush_printed();
// At a command's end: `status`, or `refused` with a sentence if what it printed was lost and it thinks that it went well.
int all_printed(int status, int refused);
// "s" when `count` is not 1.
std::string_view plural(size_t count);

enum class Colour { kNone, kRed, kGreen, kYellow, kDim, kBold };
// `text` in that colour if stdout is a terminal that has colours and NO_COLOR is not set; else as it is.
std::string coloured(std::string_view text, Colour colour);

}  // namespace agentmesh::cli
