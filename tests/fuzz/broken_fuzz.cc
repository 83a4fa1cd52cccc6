// A target with a fault in it, so that a test can see that faults are found.

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find("ab") != std::string_view::npos && text.find('c') < text.find("ab")) std::abort();
  return 0;
}
