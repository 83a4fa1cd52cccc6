// Framing: bytes in, lines out. A line ends at its LF; nothing of a line leaves before its LF was seen.
//
// Order: room(), read into it, filled(); then next() until it returns nothing; finish() at end of file.
// Cost: memchr over what is new; nothing is copied but the unfinished tail, when room is needed.
// Memory: `max_message_bytes` and one read more. A longer line is thrown away as it comes, and only what is needed to
// answer it is kept (its id, if exactly one legal one stood at its top level).

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agentmesh::proxy {

struct Line {
  enum class Kind : uint8_t {
    kWhole,         // `bytes` with its LF
    kOversize,      // thrown away; `size` bytes long, LF included
    kUnterminated,  // the end of the stream without LF: not a message
  };
  Kind kind = Kind::kWhole;
  std::string_view bytes;  // kWhole, kUnterminated: good until the next room()
  uint64_t size = 0;       // bytes of the line in any case
  // kOversize: what could be learnt from the bytes that passed.
  std::string id;  // raw JSON text of the one legal id, else ""
  bool has_method = false;
  bool has_answer = false;  // `result` or `error`
};

class Framing {
 public:
  explicit Framing(size_t max_message_bytes);
  ~Framing();
  Framing(Framing&&) noexcept;
  Framing& operator=(Framing&&) noexcept;

  // Room to read into, at least 64 KiB. Earlier lines' bytes die here.
  std::span<char> room();
  void filled(size_t bytes);
  // The next complete line, in order; nothing when more has to be read first.
  std::optional<Line> next();
  // At end of file: the tail that never got its LF, if there is one.
  std::optional<Line> finish();
  size_t buffered() const;  // bytes held
  // Do these bytes lie in its buffer (and so stay where they are until the next room())?
  bool holds(std::string_view bytes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agentmesh::proxy
