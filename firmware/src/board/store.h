// Slot 0 of the flash for settings (board.h, SettingsFlash()) as raw words, with errors by name: what the
// board's own tests use. How a record survives a power cut is storage/'s affair.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/span.h"

namespace emojicam::board {

// Everything is a multiple of this, and a word can be written once after an erase.
inline constexpr std::size_t kStoreWordBytes = 32;

// Bytes in the store.
std::size_t StoreSize();

// All functions return "" or an error's name (stm32h743/error.h).

// Reads bytes. A word that a power cut tore off is not to be trusted, even if it looks erased: the chip's
// error correction then reports it, and so does this, with "flash_failed".
const char* StoreRead(std::size_t offset, Span<uint8_t> into);

// Writes whole words at a word's start and reads them back.
const char* StoreWrite(std::size_t offset, Span<const uint8_t> bytes);

// Erases all of it: about a second, in which the watchdog is fed.
const char* StoreErase();

}  // namespace emojicam::board
