// Check digits: which numbers of cards, accounts and people are such numbers at all. For pii.cc alone.
//
// `digits` are digits and nothing else, of the length that is said; a text that has another form is no codice fiscale, DNI or IBAN.
// Sources: ISO/IEC 7812-1 (cards), ISO 13616 (IBAN), ISO 7064, and the rules of the states that give the numbers out.
// Cost: a few passes over the number. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

bool is_card(std::string_view digits);  // 13 to 19, by issuer range and length
bool is_social_security(
    std::string_view digits);  // 9, of the United States: by its rules, for it has no check digit
bool is_bsn(std::string_view digits);      // 9, of the Netherlands
bool is_nhs(std::string_view digits);      // 10, of the United Kingdom
bool is_tax_id(std::string_view digits);   // 11, of Germany
bool is_pesel(std::string_view digits);    // 11, of Poland
bool is_cpf(std::string_view digits);      // 11, of Brazil
bool is_aadhaar(std::string_view digits);  // 12, of India
bool is_insee(std::string_view digits);    // 15, of France

bool is_codice_fiscale(std::string_view word);  // of Italy
bool is_dni(std::string_view word);             // DNI and NIE, of Spain

inline constexpr size_t kLongestIban = 34;
// By the two capitals of a country; 0: none that is known. Those of the countries that matter most.
size_t iban_length(std::string_view country);
// Capitals and digits without blanks, of their country's length.
bool is_iban(std::string_view compact);

}  // namespace agentmesh::policy::scan
