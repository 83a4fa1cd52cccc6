#include "proxy/turn.h"

#include <utility>

namespace agentmesh::proxy {

Step forward(std::string_view bytes) {
  Step step;
  step.what = Step::What::kForward;
  step.bytes = bytes;
  return step;
}

Step answered(std::string lines) {
  Step step;
  step.what = Step::What::kAnswer;
  step.text = std::move(lines);
  return step;
}

std::unique_ptr<ResultPlan> Turn::plan(std::string_view line) {
  std::unique_ptr<ResultPlan> plan;
  if (spare_plans_.empty()) {
    plan = std::make_unique<ResultPlan>();
  } else {
    plan = std::move(spare_plans_.back());
    spare_plans_.pop_back();
  }
  plan->splice.restart(line);
  plan->parts = {};
  plan->shape = ResultShape::kOther;
  plan->wants_mark = false;
  plan->mark.clear();
  return plan;
}

void Turn::keep_plan(Step& step) {
  constexpr size_t kSpare = 64;
  constexpr size_t kLargest = 64U << 10;  // the storage of a larger line is given back
  if (step.result && spare_plans_.size() < kSpare && step.result->line.capacity() <= kLargest)
    spare_plans_.push_back(std::move(step.result));
}

}  // namespace agentmesh::proxy
