// The last two sectors of flash, in the second bank: the code runs on from the first meanwhile. No cache
// holds anything of them (memory.cc). (RM0433 4.3)
#include "board/board.h"
#include "board/health.h"
#include "board/stm32h743/error.h"
#include "board/stm32h743/interrupts.h"
#include "board/stm32h743/registers.h"
#include "board/stm32h743/wait.h"

namespace emojicam::board {
namespace {

constexpr uint32_t kBytes = 128 * 1024;
// Slot 0 is the last sector, slot 1 the one before.
constexpr uint32_t SectorOf(uint8_t slot) { return 7u - slot; }
constexpr uint32_t BaseOf(uint8_t slot) { return 0x08100000 + SectorOf(slot) * kBytes; }

constexpr uint32_t kParallelism = FLASH_CR_PSIZE(3);  // 64 bits: the supply is 3.3 V
constexpr uint32_t kBusy = FLASH_SR_BSY | FLASH_SR_WBNE | FLASH_SR_QW;
constexpr uint32_t kErrors = FLASH_SR_WRPERR | FLASH_SR_PGSERR | FLASH_SR_STRBERR | FLASH_SR_INCERR |
                             FLASH_SR_OPERR | FLASH_SR_RDPERR | FLASH_SR_RDSERR | FLASH_SR_SNECCERR |
                             FLASH_SR_DBECCERR;
constexpr uint32_t kClear = kErrors | FLASH_SR_EOP;  // FLASH_CCR2 has them where FLASH_SR2 has

// DS12110 table 53: at most 0.2 ms a word and 4 s a sector at 64 bits.
constexpr uint32_t kWordUs = 2000;
constexpr uint32_t kEraseMs = 5000;

class Unlocked {
 public:
  Unlocked() {
    FLASH_CCR2.Write(kClear);
    if (FLASH_CR2.Any(FLASH_CR_LOCK)) {
      FLASH_KEYR2.Write(0x45670123);
      FLASH_KEYR2.Write(0xCDEF89AB);
    }
  }
  ~Unlocked() { FLASH_CR2.Write(FLASH_CR_LOCK | kParallelism); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
};

Error Outcome() { return FLASH_SR2.Any(kErrors) ? Error::kFlashFailed : Error::kNone; }

// Sleeps between looks, as an erase takes a second.
Error WaitForErase() {
  const uint32_t start = Milliseconds();
  while (FLASH_SR2.Any(kBusy)) {
    if (Milliseconds() - start > kEraseMs) return Error::kFlashBusy;
    WatchdogFeed();
    Idle();
  }
  return Outcome();
}

Error Erase(uint32_t sector) {
  const Unlocked unlocked;
  FLASH_CR2.Write(kParallelism | FLASH_CR_SER | FLASH_CR_SNB(sector));
  FLASH_CR2.Write(kParallelism | FLASH_CR_SER | FLASH_CR_SNB(sector) | FLASH_CR_START);
  return WaitForErase();
}

bool InRange(std::size_t offset, std::size_t size) { return offset <= kBytes && size <= kBytes - offset; }

// A torn word raises a bus fault where it is read. HardFault's priority with BFHFNMIGN lets the load give
// whatever it gives, and FLASH_SR2 says so. (DDI 0403E B3.2.8; RM0433 4.3.9)
Error Read(uint32_t address, Span<uint8_t> into) {
  FLASH_CCR2.Write(kClear);
  asm volatile("cpsid f" ::: "memory");
  SCB_CCR.Set(SCB_CCR_BFHFNMIGN);
  asm volatile("dsb; isb" ::: "memory");
  for (uint8_t& byte : into) byte = *reinterpret_cast<volatile uint8_t*>(address++);
  asm volatile("dsb; isb" ::: "memory");
  const bool torn = FLASH_SR2.Any(FLASH_SR_DBECCERR) || SCB_CFSR.Any(SCB_CFSR_PRECISERR);
  SCB_CCR.Clear(SCB_CCR_BFHFNMIGN);
  SCB_CFSR.Write(SCB_CFSR_BUSFAULTSR.mask());
  asm volatile("cpsie f" ::: "memory");
  FLASH_CCR2.Write(kClear);
  return torn ? Error::kFlashFailed : Error::kNone;
}

Error WriteWord(uint32_t address, Span<const uint8_t> bytes) {
  {
    const Unlocked unlocked;
    FLASH_CR2.Write(kParallelism | FLASH_CR_PG);
    asm volatile("dsb; isb" ::: "memory");
    // Interrupts stay out: eight words in one go. (4.3.10)
    const InterruptLock lock;
    for (std::size_t i = 0; i < FlashDevice::kWord; i += 4) {
      const uint32_t word = bytes[i] | uint32_t{bytes[i + 1]} << 8 | uint32_t{bytes[i + 2]} << 16 |
                            uint32_t{bytes[i + 3]} << 24;
      *reinterpret_cast<volatile uint32_t*>(address + i) = word;
    }
    asm volatile("dsb" ::: "memory");
    if (!WaitFor([] { return !FLASH_SR2.Any(kBusy); }, kWordUs)) return Error::kFlashBusy;
    if (Outcome() != Error::kNone) return Error::kFlashFailed;
  }
  uint8_t back[FlashDevice::kWord];
  if (const Error error = Read(address, back); error != Error::kNone) return error;
  for (std::size_t i = 0; i < FlashDevice::kWord; ++i) {
    if (back[i] != bytes[i]) return Error::kFlashFailed;
  }
  return Error::kNone;
}

Error ReadSlot(uint8_t slot, std::size_t offset, Span<uint8_t> into) {
  if (!InRange(offset, into.size())) return Error::kOutOfRange;
  return Read(BaseOf(slot) + static_cast<uint32_t>(offset), into);
}

Error WriteSlot(uint8_t slot, std::size_t offset, Span<const uint8_t> bytes) {
  if (!InRange(offset, bytes.size()) || offset % FlashDevice::kWord != 0 ||
      bytes.size() % FlashDevice::kWord != 0) {
    return Error::kOutOfRange;
  }
  for (std::size_t at = 0; at < bytes.size(); at += FlashDevice::kWord) {
    const uint32_t address = BaseOf(slot) + static_cast<uint32_t>(offset + at);
    const Error error = WriteWord(address, bytes.subspan(at).first(FlashDevice::kWord));
    if (error != Error::kNone) return error;
  }
  return Error::kNone;
}

Error EraseSlot(uint8_t slot) { return Erase(SectorOf(slot)); }

class SettingsSectors final : public FlashDevice {
 public:
  std::size_t slot_size() const override { return kBytes; }
  Error Erase(uint8_t slot) override { return Shown(EraseSlot(slot)); }
  Error Write(uint8_t slot, std::size_t offset, Span<const uint8_t> bytes) override {
    return Shown(WriteSlot(slot, offset, bytes));
  }
  Error Read(uint8_t slot, std::size_t offset, Span<uint8_t> bytes) override {
    return ReadSlot(slot, offset, bytes);
  }

 private:
  // On the LED until something has been written again.
  static Error Shown(Error error) {
    ShowError(Part::kSettings, error);
    return error;
  }
};

SettingsSectors settings_sectors;

}  // namespace

FlashDevice* SettingsFlash() { return &settings_sectors; }

}  // namespace emojicam::board
