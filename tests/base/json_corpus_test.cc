// The files of JSONTestSuite (tests/data/json/NOTICE): what must be accepted, what must be refused, and what we do with
// those that are left to us.

#include <map>

#include "base/files.h"
#include "tests/base/json_oracle.h"
#include "tests/catch.h"

namespace agentmesh::json {
namespace {

struct File {
  std::string name;
  std::string text;
};

std::vector<File> files_in(const std::string& directory) {
  std::vector<File> files;
  const auto names = list_directory(directory);
  REQUIRE(names);
  for (const std::string& name : *names) {
    const auto text = read_file(directory + "/" + name);
    REQUIRE(text);
    files.push_back({name, *text});
  }
  return files;
}

TEST_CASE("every file of the parsing corpus is accepted or refused as its name says") {
  // Numbers of any size and lone surrogates are JSON; what is not UTF-8 or has a byte order mark is not ours.
  const std::map<std::string, Fault> left_to_us = {
      {"i_number_huge_exp.json", Fault::kNone},
      {"i_number_neg_int_huge_exp.json", Fault::kNone},
      {"i_number_pos_double_huge_exp.json", Fault::kNone},
      {"i_number_real_pos_overflow.json", Fault::kNone},
      {"i_number_real_underflow.json", Fault::kNone},
      {"i_number_too_big_neg_int.json", Fault::kNone},
      {"i_string_1st_surrogate_but_2nd_missing.json", Fault::kNone},
      {"i_string_1st_valid_surrogate_2nd_invalid.json", Fault::kNone},
      {"i_string_UTF-8_invalid_sequence.json", Fault::kUtf8},
      {"i_string_UTF8_surrogate_U+D800.json", Fault::kUtf8},
      {"i_string_incomplete_surrogate_pair.json", Fault::kNone},
      {"i_string_invalid_lonely_surrogate.json", Fault::kNone},
      {"i_string_invalid_surrogate.json", Fault::kNone},
      {"i_string_invalid_utf-8.json", Fault::kUtf8},
      {"i_string_inverted_surrogates_U+1D11E.json", Fault::kNone},
      {"i_string_not_in_unicode_range.json", Fault::kUtf8},
      {"i_string_overlong_sequence_2_bytes.json", Fault::kUtf8},
      {"i_string_overlong_sequence_6_bytes.json", Fault::kUtf8},
      {"i_string_utf16BE_no_BOM.json", Fault::kUtf8},
      {"i_structure_UTF-8_BOM_empty_object.json", Fault::kByteOrderMark},
  };
  Reader reader;
  std::map<char, int> seen;
  for (const File& file : files_in("tests/data/json/test_parsing")) {
    CAPTURE(file.name);
    const Report& report = reader.read(file.text);
    ++seen[file.name[0]];
    if (file.name[0] == 'y') CHECK(report.fault == Fault::kNone);
    if (file.name[0] == 'n') CHECK(report.fault != Fault::kNone);
    if (file.name[0] == 'i') CHECK(report.fault == left_to_us.at(file.name));
    if (file.name.find("surrogate") != std::string::npos && report.fault == Fault::kNone &&
        file.name[0] == 'i') {
      CHECK(report.lone_surrogate);
    }
    const std::string difference = tests::difference(reader, file.text);
    CAPTURE(difference);
    CHECK(difference.empty());
  }
  CHECK(seen['y'] == 42);
  CHECK(seen['n'] == 91);
  CHECK(seen['i'] == 20);
}

TEST_CASE("what readers are known to change is kept as it is spelled, or reported") {
  Reader reader;
  int seen = 0;
  for (const File& file : files_in("tests/data/json/test_transform")) {
    CAPTURE(file.name);
    const Report& report = reader.read(file.text);
    CHECK(report.repeated_keys.empty() == (file.name.find("same_key") == std::string::npos));
    CHECK(report.lone_surrogate == (file.name == "string_1_escaped_invalid_codepoint.json"));
    const bool raw_surrogate =
        file.name.find("invalid_codepoint") != std::string::npos && !report.lone_surrogate;
    CHECK(report.fault == (raw_surrogate ? Fault::kUtf8 : Fault::kNone));
    const std::string difference = tests::difference(reader, file.text);
    CAPTURE(difference);
    CHECK(difference.empty());
    ++seen;
  }
  CHECK(seen == 11);
}

}  // namespace
}  // namespace agentmesh::json
