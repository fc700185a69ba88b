#include "inference/head.h"

namespace emojicam {

void ApplyHead(const Head& head, Span<const int8_t> outputs, Span<int8_t> scores) {
  switch (head.kind) {
    case Head::Kind::kAsItIs:
      for (std::size_t i = 0; i < outputs.size(); ++i) scores[i] = outputs[i];
      return;
    case Head::Kind::kSigmoid:
      // -128 is 0 and 1 would be 128, which int8 doesn't have.
      scores[0] = static_cast<int8_t>(outputs[0] == -128 ? 127 : -outputs[0]);
      scores[1] = outputs[0];
      return;
    case Head::Kind::kLogit:
      scores[0] = head.zero_point;
      scores[1] = outputs[0];
      return;
    case Head::Kind::kGroups:
      for (int8_t& score : scores) score = -128;
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        int8_t& score = scores[head.class_of[i]];
        if (outputs[i] > score) score = outputs[i];
      }
      return;
  }
}

}  // namespace emojicam
