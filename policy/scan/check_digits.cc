#include "policy/scan/check_digits.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

int digit_at(std::string_view digits, size_t i) { return digits[i] - '0'; }

bool luhn(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int value = digit_at(digits, digits.size() - 1 - i);
    if (i % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

// Sum of digit × weight over the first weights.size() digits.
int weighed(std::string_view digits, std::initializer_list<int> weights) {
  int sum = 0;
  size_t i = 0;
  for (const int weight : weights) sum += digit_at(digits, i++) * weight;
  return sum;
}

bool is_one_digit(std::string_view digits) {
  return digits.find_first_not_of(digits[0]) == std::string_view::npos;
}

struct Country {
  std::string_view code;
  uint8_t length;
};
constexpr std::array<Country, 40> kCountries = {
    {{"AD", 24}, {"AE", 23}, {"AT", 20}, {"BE", 16}, {"BG", 22}, {"BR", 29}, {"CH", 21},
     {"CY", 28}, {"CZ", 24}, {"DE", 22}, {"DK", 18}, {"EE", 20}, {"ES", 24}, {"FI", 18},
     {"FR", 27}, {"GB", 22}, {"GR", 27}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23},
     {"IS", 26}, {"IT", 27}, {"LI", 21}, {"LT", 20}, {"LU", 20}, {"LV", 21}, {"MC", 27},
     {"MT", 31}, {"NL", 18}, {"NO", 15}, {"PL", 28}, {"PT", 25}, {"RO", 24}, {"RS", 22},
     {"SA", 24}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"TR", 26}}};

// The length of an IBAN by its country's two letters; 0: none that is known.
constexpr auto kIbanLengths = [] {
  std::array<std::array<uint8_t, 26>, 26> lengths{};
  for (const Country& country : kCountries)
    lengths[static_cast<size_t>(country.code[0] - 'A')]
           [static_cast<size_t>(country.code[1] - 'A')] = country.length;
  return lengths;
}();

}  // namespace

bool is_card(std::string_view digits) {
  const int two = digit_at(digits, 0) * 10 + digit_at(digits, 1);
  const int four = two * 100 + digit_at(digits, 2) * 10 + digit_at(digits, 3);
  const size_t n = digits.size();
  const bool visa = digits[0] == '4' && (n == 13 || n == 16 || n == 19);
  const bool mastercard = n == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720));
  const bool amex = n == 15 && (two == 34 || two == 37);
  const bool discover = n == 16 && (four == 6011 || two == 65);
  const bool others = (n == 14 && (two == 36 || two == 38)) ||
                      (n == 16 && four >= 3528 && four <= 3589) ||
                      (n >= 16 && n <= 19 && two == 62);
  return (visa || mastercard || amex || discover || others) && luhn(digits) &&
         !is_one_digit(digits);
}

bool is_social_security(std::string_view d) {
  const int area = digit_at(d, 0) * 100 + digit_at(d, 1) * 10 + digit_at(d, 2);
  return area != 0 && area != 666 && area < 900 && d.substr(3, 2) != "00" &&
         d.substr(5) != "0000" && d != "123456789" && d != "078051120";
}

bool is_bsn(std::string_view d) {
  return d != "000000000" && (weighed(d, {9, 8, 7, 6, 5, 4, 3, 2}) - digit_at(d, 8)) % 11 == 0;
}

bool is_nhs(std::string_view d) {
  const int check = 11 - weighed(d, {10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  return check != 10 && check % 11 == digit_at(d, 9);
}

// ISO 7064 MOD 11,10.
bool is_tax_id(std::string_view digits) {
  int product = 10;
  for (size_t i = 0; i + 1 < digits.size(); ++i) {
    int sum = (digit_at(digits, i) + product) % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return (11 - product) % 10 == digit_at(digits, digits.size() - 1);
}

bool is_pesel(std::string_view d) {
  const int month = (digit_at(d, 2) * 10 + digit_at(d, 3)) % 20;
  const int day = digit_at(d, 4) * 10 + digit_at(d, 5);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
         (10 - weighed(d, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3}) % 10) % 10 == digit_at(d, 10);
}

bool is_cpf(std::string_view d) {
  if (is_one_digit(d)) return false;
  const int first = weighed(d, {10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  const int second = weighed(d, {11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  return first == digit_at(d, 9) && second == digit_at(d, 10);
}

// Verhoeff's check.
bool is_aadhaar(std::string_view digits) {
  static constexpr std::array<std::array<uint8_t, 10>, 10> kMultiply = {
      {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
       {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
       {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
       {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
       {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
       {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
       {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
       {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
       {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
       {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}};
  static constexpr std::array<uint8_t, 10> kStep = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
  uint8_t check = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    auto value = static_cast<uint8_t>(digit_at(digits, digits.size() - 1 - i));
    for (size_t k = 0; k < i % 8; ++k) value = kStep[value];
    check = kMultiply[check][value];
  }
  return check == 0;
}

// 13 digits and a key, 97 minus their remainder.
bool is_insee(std::string_view d) {
  int64_t number = 0;
  for (size_t i = 0; i < 13; ++i) number = number * 10 + digit_at(d, i);
  const int month = digit_at(d, 3) * 10 + digit_at(d, 4);
  return (d[0] == '1' || d[0] == '2') && month >= 1 && month <= 12 &&
         97 - number % 97 == digit_at(d, 13) * 10 + digit_at(d, 14);
}

// Six letters, two digits, letter, two digits, letter, three digits, check letter.
bool is_codice_fiscale(std::string_view word) {
  constexpr std::string_view kShape = "AAAAAA00A00A000A";
  static constexpr std::array<uint8_t, 26> kOdd = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                                   20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  if (word.size() != kShape.size()) return false;
  int sum = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    const bool letter = word[i] >= 'A' && word[i] <= 'Z';
    if (letter != (kShape[i] == 'A') || (!letter && !is_digit(word[i]))) return false;
    if (i == 15) break;
    const int value = letter ? word[i] - 'A' : word[i] - '0';
    sum += i % 2 == 0 ? kOdd[static_cast<size_t>(value)] : value;
  }
  return sum % 26 == word[15] - 'A';
}

bool is_dni(std::string_view word) {
  if (word.size() != 9) return false;
  std::string digits(word.substr(0, 8));
  if (digits[0] == 'X' || digits[0] == 'Y' || digits[0] == 'Z')
    digits[0] = static_cast<char>('0' + (digits[0] - 'X'));
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  return word[8] == kLetters[static_cast<size_t>(std::stoi(digits)) % 23];
}

size_t iban_length(std::string_view country) {
  return kIbanLengths[static_cast<size_t>(country[0] - 'A')][static_cast<size_t>(country[1] - 'A')];
}

// Country, two check digits, up to 30 more; mod 97 is 1.
bool is_iban(std::string_view compact) {
  int remainder = 0;
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[(i + 4) % compact.size()];
    remainder =
        is_digit(c) ? (remainder * 10 + (c - '0')) % 97 : (remainder * 100 + (c - 'A' + 10)) % 97;
  }
  return remainder == 1;
}

}  // namespace agentmesh::policy::scan
