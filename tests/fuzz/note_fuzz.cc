// Any bytes as a signed note, a checkpoint, a key, or the history of a log: what is taken says itself again, byte for byte.

#include "audit/note.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/checkpoint.h"

namespace agentmesh::audit {

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  if (const auto key = VerifierKey::parse(bytes)) require(key->text() == bytes);
  if (const auto signer = Signer::parse(bytes)) {
    require(signer->text() == bytes);
    const auto note = Note::parse(sign_note("text\n", {&*signer}));
    require(note && signed_by(*note, signer->verifier) == Signed::kYes);
  }
  if (const auto note = Note::parse(bytes)) {
    require(!note->signatures.empty() && note->text.ends_with('\n'));
    require(bytes.starts_with(note->text));
    for (const auto& signature : note->signatures) require(is_key_name(signature.name));
    // Nobody's key signed this.
    std::array<uint8_t, 32> seed{};
    seed.fill(7);
    const Signer stranger = Signer::make("stranger", seed);
    require(signed_by(*note, stranger.verifier) != Signed::kYes);
  }
  if (const auto head = TreeHead::parse(bytes)) require(head->text() == bytes);
  if (const auto checkpoint = Checkpoint::parse(bytes))
    require(checkpoint->head.text() == checkpoint->note.text);

  for (const std::string_view origin : {std::string_view(), std::string_view("test.example/log")}) {
    const History history = split_history(bytes, origin);
    uint64_t at = 0;
    for (const HistoryEntry& entry : history.entries) {
      require(entry.offset >= at && entry.bytes > 0);
      at = entry.offset + entry.bytes;
      require(at <= size);
    }
    if (history.torn_at) require(*history.torn_at >= at && *history.torn_at <= size);
  }
  return 0;
}

}  // namespace agentmesh::audit
