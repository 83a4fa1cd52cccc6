#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace agentmesh {

tl::unexpected<Error> fail_errno(std::string doing) {
  const int number = errno;
  doing += ": ";
  doing += std::strerror(number);  // safe in threads since glibc 2.32
  return fail(std::move(doing), number);
}

}  // namespace agentmesh
