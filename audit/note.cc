#include "audit/note.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"

namespace agentmesh::audit {

namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // EM DASH and a space
constexpr std::string_view kPrivate = "PRIVATE+KEY+";
constexpr uint8_t kEd25519 = 0x01;
constexpr size_t kMaxSignatures = 64;

std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string typed(const std::array<uint8_t, 32>& key) {
  std::string bytes(1, static_cast<char>(kEd25519));
  bytes.append(as_text(key));
  return bytes;
}

KeyId key_id(std::string_view name, const std::array<uint8_t, 32>& public_key) {
  const std::string key = typed(public_key);
  const std::array<std::string_view, 3> parts = {name, "\n", key};
  const Hash hash = sha256(parts);
  return {hash[0], hash[1], hash[2], hash[3]};
}

struct KeyText {
  std::string_view name;
  KeyId id{};
  std::array<uint8_t, 32> key{};
};

// NAME+KEYID+base64(type ‖ 32 bytes)
std::optional<KeyText> parse_key(std::string_view text) {
  const size_t plus = text.find('+');
  if (plus == std::string_view::npos || text.size() < plus + 10 || text[plus + 9] != '+')
    return std::nullopt;
  KeyText out;
  out.name = text.substr(0, plus);
  if (!is_key_name(out.name)) return std::nullopt;
  const std::string_view id_text = text.substr(plus + 1, 8);
  const auto id = from_hex(id_text);
  if (!id || to_hex(*id) != id_text) return std::nullopt;
  std::copy(id->begin(), id->end(), out.id.begin());
  const auto key = from_base64(text.substr(plus + 10));
  if (!key || key->size() != 33 || key->front() != kEd25519) return std::nullopt;
  std::copy(key->begin() + 1, key->end(), out.key.begin());
  return out;
}

std::string key_text(std::string_view name, const KeyId& id, const std::array<uint8_t, 32>& key) {
  return std::string(name) + "+" + to_hex(id) + "+" + to_base64(as_bytes(typed(key)));
}

std::optional<Note::Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(kDash)) return std::nullopt;
  line.remove_prefix(kDash.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  Note::Signature out;
  out.name = std::string(line.substr(0, space));
  const auto bytes = from_base64(line.substr(space + 1));
  if (!is_key_name(out.name) || !bytes || bytes->size() < 5) return std::nullopt;
  std::copy_n(bytes->begin(), 4, out.id.begin());
  out.bytes = std::string(as_text(*bytes).substr(4));
  return out;
}

bool is_note_text(std::string_view text) {
  return is_utf8(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 || c == '\n';
         });
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty() || !is_utf8(name)) return false;
  // Unicode spaces beyond ASCII: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
  static constexpr std::string_view kSpaces[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                                 "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
                                                 "\xe2\x81\x9f", "\xe3\x80\x80"};
  for (const std::string_view space : kSpaces)
    if (name.find(space) != std::string_view::npos) return false;
  for (size_t at = name.find("\xe2\x80"); at != std::string_view::npos;
       at = name.find("\xe2\x80", at + 2)) {
    const auto third = static_cast<unsigned char>(name[at + 2]);
    if (third <= 0x8a) return false;
  }
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || c == '+';
  });
}

VerifierKey VerifierKey::make(std::string name, const std::array<uint8_t, 32>& public_key) {
  VerifierKey key;
  key.id = key_id(name, public_key);
  key.name = std::move(name);
  key.public_key = public_key;
  return key;
}

std::optional<VerifierKey> VerifierKey::parse(std::string_view text) {
  const auto parts = parse_key(text);
  if (!parts) return std::nullopt;
  VerifierKey key = make(std::string(parts->name), parts->key);
  if (key.id != parts->id) return std::nullopt;
  return key;
}

std::string VerifierKey::text() const { return key_text(name, id, public_key); }

Signer Signer::make(std::string name, const std::array<uint8_t, 32>& seed) {
  Signer signer;
  signer.key = SigningKey::from_seed(seed);
  signer.verifier = VerifierKey::make(std::move(name), signer.key.public_key);
  return signer;
}

std::optional<Signer> Signer::parse(std::string_view text) {
  if (!text.starts_with(kPrivate)) return std::nullopt;
  const auto parts = parse_key(text.substr(kPrivate.size()));
  if (!parts) return std::nullopt;
  Signer signer = make(std::string(parts->name), parts->key);
  if (signer.verifier.id != parts->id) return std::nullopt;
  return signer;
}

std::string Signer::text() const {
  return std::string(kPrivate) + key_text(verifier.name, verifier.id, key.seed);
}

std::optional<Note> Note::parse(std::string_view bytes) {
  const size_t blank = bytes.rfind("\n\n");
  if (blank == std::string_view::npos || !bytes.ends_with('\n')) return std::nullopt;
  Note note;
  note.text = std::string(bytes.substr(0, blank + 1));
  if (!is_note_text(bytes)) return std::nullopt;
  std::string_view rest = bytes.substr(blank + 2);
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    auto signature = parse_signature(rest.substr(0, end));
    if (!signature || note.signatures.size() == kMaxSignatures) return std::nullopt;
    note.signatures.push_back(std::move(*signature));
    rest.remove_prefix(end + 1);
  }
  if (note.signatures.empty()) return std::nullopt;
  return note;
}

Signed signed_by(const Note& note, const VerifierKey& key) {
  Signed answer = Signed::kNo;
  for (const Note::Signature& signature : note.signatures) {
    if (signature.name != key.name || signature.id != key.id) continue;
    if (signature.bytes.size() != 64) return Signed::kWrong;
    const auto bytes = as_bytes(signature.bytes);
    if (!verify_signature(key.public_key, note.text,
                          std::span<const uint8_t, 64>(bytes.data(), 64)))
      return Signed::kWrong;
    answer = Signed::kYes;
  }
  return answer;
}

std::string sign_note(std::string_view text, const std::vector<const Signer*>& signers) {
  std::string out(text);
  out += '\n';
  for (const Signer* signer : signers) {
    std::string bytes(as_text(signer->verifier.id));
    bytes.append(as_text(signer->key.sign(text)));
    out.append(kDash)
        .append(signer->verifier.name)
        .append(" ")
        .append(to_base64(as_bytes(bytes)))
        .append("\n");
  }
  return out;
}

}  // namespace agentmesh::audit
