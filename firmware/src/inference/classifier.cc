#include "inference/classifier.h"

namespace emojicam {

Error Classifier::Start(const void* model, Span<uint8_t> arena, std::size_t input_bytes, const Head& head) {
  input_ = {};
  output_ = {};
  if (const Error error = interpreter_.Load(model, arena); error != Error::kNone) return error;
  TfLiteTensor* input = interpreter_.input();
  const TfLiteTensor* output = interpreter_.output();
  if (input->type != kTfLiteInt8 || output->type != kTfLiteInt8 || input->bytes != input_bytes ||
      output->bytes != head.outputs || head.classes > kMaxScores) {
    return Error::kWrongShape;
  }
  input_ = {input->data.int8, input->bytes};
  output_ = {output->data.int8, output->bytes};
  head_ = head;
  started_with_ = Sum();
  watch_ = Watch::kNotYet;
  return Error::kNone;
}

Classifier::Checksum Classifier::Sum() const {
  Checksum checksum;
  for (const uint32_t word : interpreter_.lasting()) {
    checksum.sum += word;
    checksum.weighted += checksum.sum;
  }
  return checksum;
}

bool Classifier::Intact() const { return watch_ == Watch::kOff || Sum() == started_with_; }

Span<const int8_t> Classifier::Classify() {
  if (input_.empty() || !interpreter_.Invoke()) return {};
  if (watch_ == Watch::kNotYet) watch_ = Sum() == started_with_ ? Watch::kOn : Watch::kOff;
  if (head_.kind == Head::Kind::kAsItIs) return output_;
  const Span<int8_t> scores = Span<int8_t>(scores_).first(head_.classes);
  ApplyHead(head_, output_, scores);
  return scores;
}

}  // namespace emojicam
