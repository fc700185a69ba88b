// Any bytes as text, for every host and layout: refused, or typed to an all-up end one change at a time.
#include <cstring>

#include "check.h"
#include "input.h"
#include "keyboard/key_sequence.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto host = static_cast<Host>(input.Below(kHostCount));
  const auto layout = static_cast<Layout>(input.Below(kLayoutCount));
  const KeySequenceOptions options{host, layout, input.Byte(), Timing{}};
  const Span<const uint8_t> text = input.Rest();

  KeySequence sequence;
  const TextError error = KeySequence::Create(text, options, &sequence);
  FUZZ_CHECK(error == KeySequence::Check(text, options));
  // A character has at most kMaxStrokes strokes, and a stroke three reports.
  const std::size_t most = 3 * kMaxStrokes * kMaxTextBytes + 1;
  Report before = kAllUp;
  TimedReport next;
  std::size_t count = 0;
  while (sequence.Next(&next)) {
    FUZZ_CHECK(++count <= most);
    const bool modifiers_changed = next.report.modifiers != before.modifiers;
    const bool keys_changed = std::memcmp(next.report.keys, before.keys, sizeof(before.keys)) != 0;
    FUZZ_CHECK(modifiers_changed != keys_changed);
    before = next.report;
  }
  FUZZ_CHECK(IsAllUp(before));
  FUZZ_CHECK((count != 0) == (error == TextError::kNone));
  return 0;
}
