#include "keyboard/strokes.h"

namespace emojicam {
namespace {

constexpr Stroke kRelease{0, 0};

// The number's digits, most significant first, at least `width` of them.
struct Digits {
  uint8_t digit[8];
  std::size_t size;
};

Digits DigitsOf(uint32_t number, uint32_t base, std::size_t width) {
  Digits reversed{};
  do {
    reversed.digit[reversed.size++] = static_cast<uint8_t>(number % base);
    number /= base;
  } while (number != 0 || reversed.size < width);
  Digits digits{};
  while (digits.size < reversed.size) {
    digits.digit[digits.size] = reversed.digit[reversed.size - 1 - digits.size];
    ++digits.size;
  }
  return digits;
}

Stroke KeyFor(uint32_t character, Layout layout) {
  return kLayoutStrokes[static_cast<std::size_t>(layout)][character - 0x20];
}

Stroke HexKey(uint8_t digit, Layout layout) {
  return KeyFor(digit < 10 ? '0' + digit : 'a' + digit - 10u, layout);
}

void AddHex(uint32_t number, std::size_t width, Layout layout, Strokes* strokes) {
  const Digits digits = DigitsOf(number, 16, width);
  for (std::size_t i = 0; i < digits.size; ++i) strokes->Add(HexKey(digits.digit[i], layout));
}

void AddUtf16Unit(uint32_t unit, Strokes* strokes) {
  const Digits digits = DigitsOf(unit, 16, 4);
  for (std::size_t i = 0; i < digits.size; ++i) {
    strokes->Add({modifier::kLeftAlt, HexKey(digits.digit[i], Layout::kUs).usage});
  }
}

void AddLinux(uint32_t code_point, Layout layout, Strokes* strokes) {
  strokes->Add({modifier::kLeftCtrl | modifier::kLeftShift, KeyFor('u', layout).usage});
  // GTK takes a released Shift as the end of the number, so where digits need it, it is held to the end.
  // Letters mean the same with it. With it, GTK and IBus agree on Enter as the end: IBus passes over Space.
  // Without it they agree on both, and Space does no harm where nobody listens.
  const uint8_t held = KeyFor('1', layout).modifiers;
  const Digits digits = DigitsOf(code_point, 16, 1);
  for (std::size_t i = 0; i < digits.size; ++i) strokes->Add({held, HexKey(digits.digit[i], layout).usage});
  strokes->Add({held, held != 0 ? usage::kEnter : KeyFor(' ', layout).usage});
}

void AddMacos(uint32_t code_point, Strokes* strokes) {
  if (code_point > 0xFFFF) {
    AddUtf16Unit(0xD800 + ((code_point - 0x10000) >> 10), strokes);
    AddUtf16Unit(0xDC00 + ((code_point - 0x10000) & 0x3FF), strokes);
  } else {
    AddUtf16Unit(code_point, strokes);
  }
  strokes->Add(kRelease);
}

void AddWincompose(uint32_t code_point, Layout layout, Strokes* strokes) {
  strokes->Add({modifier::kRightAlt, 0});
  strokes->Add(kRelease);
  strokes->Add(KeyFor('u', layout));
  const Digits digits = DigitsOf(code_point, 16, 1);
  // "U" and a letter is the start of compose sequences of its own.
  AddHex(code_point, digits.digit[0] < 10 ? digits.size : digits.size + 1, layout, strokes);
  strokes->Add({0, usage::kEnter});
}

void AddAlt(uint32_t code_point, Strokes* strokes) {
  Digits digits = DigitsOf(code_point, 10, 1);
  // Below 256 a number without a leading zero is one in the old OEM code page.
  if (code_point < 256) digits = DigitsOf(code_point, 10, digits.size + 1);
  for (std::size_t i = 0; i < digits.size; ++i) {
    strokes->Add({modifier::kLeftAlt, usage::kKeypad[digits.digit[i]]});
  }
  strokes->Add(kRelease);
}

}  // namespace

Strokes StrokesFor(uint32_t code_point, Host host, Layout layout) {
  Strokes strokes;
  // macOS' Unicode Hex Input is a layout of its own: the keys are where a US keyboard has them.
  if (host == Host::kMacos) layout = Layout::kUs;
  if (code_point >= 0x20 && code_point < 0x7F) {
    const Stroke key = KeyFor(code_point, layout);
    const bool taken = host == Host::kWindowsWincompose && (key.modifiers & modifier::kRightAlt) != 0;
    if (key.usage != 0 && !taken && host != Host::kFunctionKeys) {
      strokes.Add(key);
      return strokes;
    }
  }
  switch (host) {
    case Host::kLinux:
      AddLinux(code_point, layout, &strokes);
      break;
    case Host::kMacos:
      AddMacos(code_point, &strokes);
      break;
    case Host::kWindowsWincompose:
      AddWincompose(code_point, layout, &strokes);
      break;
    case Host::kWindowsAlt:
      AddAlt(code_point, &strokes);
      break;
    case Host::kFunctionKeys:
      break;
  }
  return strokes;
}

}  // namespace emojicam
