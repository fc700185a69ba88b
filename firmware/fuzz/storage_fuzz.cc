// Any bytes in both slots: what is loaded is within bounds, settings that are made of it are in range, and
// the next record is kept and found.
#include <algorithm>
#include <cstring>
#include <vector>

#include "app/board_settings.h"
#include "check.h"
#include "input.h"
#include "link/packet.h"
#include "storage/fake_flash.h"
#include "storage/slot_store.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

namespace {

// Gives a slot the right magic and CRC for the sequence, size and content that it has, as random bytes never
// do.
void Mend(std::array<uint8_t, FakeFlash::kSlot>& slot) {
  uint32_t words[4];
  std::memcpy(words, slot.data(), sizeof(words));
  words[0] = 0x4A4D4531;
  words[2] %= 2 * SlotStore::kMaxContent;
  uint8_t head[8];
  std::memcpy(head, words + 1, sizeof(head));
  words[3] = link::Crc32({slot.data() + FlashDevice::kWord, words[2]}, link::Crc32(head));
  std::memcpy(slot.data(), words, sizeof(words));
}

std::vector<uint8_t> Payload(const app::BoardSettings& settings) {
  std::vector<uint8_t> payload(link::kMaxPayload);
  link::Writer writer({payload.data(), payload.size()});
  FUZZ_CHECK(app::Describe(settings).Write(writer));
  payload.resize(writer.size());
  return payload;
}

// Settings of the page, whatever it holds, are such as the link would have taken.
void CheckSettings(SlotStore& store) {
  app::BoardSettings settings;
  settings.decision.classes = 2;
  const app::BoardSettings before = settings;
  if (app::LoadSettings(store, &settings) != app::Kept::kTaken) {
    FUZZ_CHECK(Payload(before) == Payload(settings));
    return;
  }
  const link::Settings told = app::Describe(settings);
  FUZZ_CHECK(told.host < kHostCount && told.layout < kLayoutCount && told.armed_at_start <= 1);
  FUZZ_CHECK(told.press_ms != 0 && told.release_ms != 0 && told.gap_ms != 0);
  FUZZ_CHECK(told.time_constant_ms > 0 && told.time_constant_ms <= kMaxTimeConstantMs &&
             told.threshold_count == 2);
  for (std::size_t i = 0; i < 2; ++i) FUZZ_CHECK(told.threshold[i] > 0.0f && told.threshold[i] <= 1.0f);
  // Kept again, they are the same.
  FakeFlash other;
  SlotStore copy(&other);
  app::BoardSettings again = before;
  FUZZ_CHECK(app::SaveSettings(copy, settings) == Error::kNone);
  FUZZ_CHECK(app::LoadSettings(copy, &again) == app::Kept::kTaken);
  FUZZ_CHECK(Payload(again) == Payload(settings));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  Input input(data, size);
  FakeFlash flash;
  const uint8_t mended = input.Byte();
  for (std::size_t slot = 0; slot < 2; ++slot) {
    const Span<const uint8_t> bytes = input.Bytes(1 + input.Byte() * 2u);
    std::copy(bytes.begin(), bytes.end(), flash.bytes[slot].begin());
    if ((mended >> slot & 1) != 0) Mend(flash.bytes[slot]);
  }
  flash.torn = static_cast<FakeFlash::Torn>(input.Below(4));
  SlotStore store(&flash);
  uint8_t before[SlotStore::kMaxContent];
  const std::size_t before_size = store.Load(before);
  FUZZ_CHECK(before_size <= sizeof(before));
  CheckSettings(store);

  // A power cut somewhere in the change.
  flash.steps_left = input.Byte() % 64;
  const Span<const uint8_t> content = input.Rest().first(SlotStore::kMaxContent);
  const bool saved = store.Save(content) == Error::kNone;
  flash.steps_left = -1;
  uint8_t after[SlotStore::kMaxContent];
  const std::size_t after_size = store.Load(after);
  const bool is_new = after_size == content.size() && std::equal(content.begin(), content.end(), after);
  const bool is_old = after_size == before_size && std::equal(after, after + after_size, before);
  FUZZ_CHECK(saved ? is_new : is_new || is_old);
  return 0;
}
