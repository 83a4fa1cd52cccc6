// Figures: what many times come to.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace agentmesh::bench {

// Microseconds.
struct Figures {
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0, mean = 0;
};

// Nanoseconds in; all zero for none.
Figures figures(std::vector<int64_t> times);
std::string json(const Figures& f);

// `"key":value` pairs joined to an object: values are JSON already.
class JsonObject {
 public:
  JsonObject& add(const std::string& key, const std::string& value);
  JsonObject& text(const std::string& key, const std::string& value) {
    return add(key, '"' + value + '"');
  }
  JsonObject& number(const std::string& key, double value);
  // One line on stdout.
  void print() const;

 private:
  std::string members_;
};

}  // namespace agentmesh::bench
