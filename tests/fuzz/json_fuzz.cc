// Whatever a Reader accepts, every View of it must be accepted again by itself, and the index must say what the views say.

#include "base/json.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/bytes.h"

using agentmesh::json::Fault;
using agentmesh::json::Reader;
using agentmesh::json::View;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_string(View view, Reader& again) {
  const std::string content = view.string();
  require(agentmesh::is_utf8(content));
  std::string written;
  agentmesh::json::append_string(written, content);
  require(again.read(written).fault == Fault::kNone);
  require(again.root().string() == content);
}

// One view: reads again, alone, as exactly itself.
void check_value(View view, Reader& again) {
  require(view.present());
  require(again.read(view.raw()).fault == Fault::kNone);
  require(again.root().raw() == view.raw());
  require(agentmesh::json::skip_value(view.raw()) == view.raw().size());
  if (view.is_string()) check_string(view, again);
}

void check_tree(View root, Reader& again) {
  constexpr size_t kMaxViews = 2000;  // each is read again whole
  std::vector<View> waiting = {root};
  for (size_t done = 0; !waiting.empty() && done < kMaxViews; ++done) {
    const View view = waiting.back();
    waiting.pop_back();
    check_value(view, again);
    size_t count = 0;
    for (const View::Member& member : view.members()) {
      require(member.key.is_string());
      check_value(member.key, again);
      require(view.find(member.key.string()).present());
      waiting.push_back(member.value);
      if (++count > 100) break;
    }
    for (const View element : view.elements()) {
      if (count < 100) require(view.at(count).raw().data() == element.raw().data());
      waiting.push_back(element);
      if (++count > 100) break;
    }
    if (count > 0) require(!view.empty());
  }
}

void check_index(const Reader& reader) {
  size_t i = 0;
  for (const View::Member& member : reader.root().members()) {
    require(i < reader.top().size());
    const auto& entry = reader.top()[i++];
    require(entry.key.raw() == member.key.raw() && entry.value.raw() == member.value.raw());
    size_t k = 0;
    for (const View::Member& child : member.value.members()) {
      require(k < reader.children(entry).size());
      const auto& indexed = reader.children(entry)[k++];
      require(indexed.key.raw() == child.key.raw() && indexed.value.raw() == child.value.raw());
    }
    require(k == reader.children(entry).size());
  }
  require(i == reader.top().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reader reader;
  Reader again;
  const auto& report = reader.read(text);
  if (report.fault == Fault::kNone) {
    require(report.repeated_keys.size() <= report.kMaxRepeated);
    for (const size_t offset : report.repeated_keys) require(text[offset] == '"');
    if (report.lone_surrogate) require(text[report.lone_surrogate_at] == '\\');
    check_index(reader);
    check_tree(reader.root(), again);
  } else {
    require(report.fault_at <= size);
    require(!reader.root().present() && reader.top().empty());
    const View untrusted(text);  // must not read beyond, nor run for ever
    (void)agentmesh::json::skip_value(text);
    for (const View::Member& member : untrusted.members()) (void)member.key.string();
    for (const View element : untrusted.elements()) (void)element.string();
    std::string written;
    agentmesh::json::append_string(written, text);
    require(again.read(written).fault == Fault::kNone);
  }
  return 0;
}
