// What the path of a frame asks of the inference stage. `Classifier` is it; tests have another.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam {

class Scorer {
 public:
  // Where the image stage puts the frame: height x width x channels, in the model's own int8. The model
  // overwrites it.
  virtual Span<int8_t> input() = 0;

  // Runs the model on input(). An empty span if a kernel failed, else one score a class, valid until the next
  // call.
  virtual Span<const int8_t> Classify() = 0;

  // Whether what lasts in the arena is as it was at the start: a flipped bit there would make every score
  // wrong from then on, and nobody would notice.
  virtual bool Intact() const = 0;

  // Bytes of the arena that are used.
  virtual std::size_t arena_used() const = 0;

  // Why Classify() failed, in the interpreter's words.
  virtual const char* detail() const = 0;

 protected:
  ~Scorer() = default;
};

}  // namespace emojicam
