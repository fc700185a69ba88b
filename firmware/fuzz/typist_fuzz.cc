// Any order of firings, arming, resets, lights, settings and readiness: nothing is stuck, nothing is lost
// from the counters.
#include "check.h"
#include "input.h"
#include "keyboard/typist.h"

using namespace emojicam;  // NOLINT(google-build-using-namespace)

namespace {

class FuzzedHost : public Sink {
 public:
  bool Ready() override { return ready; }
  bool Send(const Report& report) override {
    if (refuses) return false;
    last = report;
    return true;
  }
  bool ready = true;
  bool refuses = false;
  Report last = kAllUp;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  Input input(data, size);
  FuzzedHost host;
  Typist typist(&host);
  TypistSettings settings;
  settings.host = static_cast<Host>(input.Below(kHostCount));
  settings.layout = static_cast<Layout>(input.Below(kLayoutCount));
  settings.timing = {input.Byte(), input.Byte(), input.Byte()};
  settings.min_interval_ms = input.Byte();
  typist.Configure(settings);
  typist.Arm(true);
  uint32_t now_ms = static_cast<uint32_t>(input.Byte()) << 24;
  uint32_t firings = 0;
  while (!input.empty()) {
    switch (input.Below(9)) {
      case 0:
        host.ready = input.Below(2) != 0;
        break;
      case 1:
        host.refuses = input.Below(2) != 0;
        break;
      case 2:
        typist.Arm(input.Below(2) != 0);
        break;
      case 3:
        typist.Reset();
        break;
      case 4:
        typist.OnLeds(input.Byte());
        break;
      case 5: {
        const uint8_t length = input.Byte();
        const uint8_t key = input.Byte();
        typist.Type(input.Bytes(length), key, now_ms);
        ++firings;
        break;
      }
      case 7:
        settings.host = static_cast<Host>(input.Below(kHostCount));
        settings.layout = static_cast<Layout>(input.Below(kLayoutCount));
        typist.Configure(settings);
        break;
      case 6:
        now_ms += input.Byte() * 64u;
        break;
      default:
        for (uint32_t left = input.Byte(); left > 0; --left) typist.Poll(++now_ms);
    }
  }
  host.ready = true;
  host.refuses = false;
  for (int i = 0; i < 200000 && !typist.idle(); ++i) typist.Poll(++now_ms);
  FUZZ_CHECK(typist.idle());
  FUZZ_CHECK(IsAllUp(host.last));
  const TypistCounters& c = typist.counters();
  FUZZ_CHECK(firings == c.typed + c.not_armed + c.too_soon + c.queue_full + c.refused_text + c.stale + c.cut +
                            c.lock_refused);
  return 0;
}
