// From a model's outputs to one score a class of emojicam.toml. Its Python twin is
// python/emojicam/model/heads.py, which also chooses.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam {

struct Head {
  enum class Kind : uint8_t {
    kAsItIs,   // one output a class
    kSigmoid,  // one output, a probability in 256ths: the second class's; the first has what is left of 1
    kLogit,    // one output, a logit: the second class's; the first has 0
    kGroups,   // a class's score is the highest of its outputs'
  };
  Kind kind = Kind::kAsItIs;
  std::size_t outputs = 0;
  std::size_t classes = 0;
  int8_t zero_point = 0;              // of the outputs
  const uint8_t* class_of = nullptr;  // kGroups: [outputs], the class of each; the caller's, outlives this
};

// outputs: head.outputs of them. scores: head.classes of them.
void ApplyHead(const Head& head, Span<const int8_t> outputs, Span<int8_t> scores);

}  // namespace emojicam
