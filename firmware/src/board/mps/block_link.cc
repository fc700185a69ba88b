#include "board/mps/block_link.h"

#include <algorithm>
#include <cstring>

namespace emojicam::board {
namespace {

// Two paths of the longest kind that anybody uses.
constexpr std::size_t kCommandLineBytes = 512;

// The rest of the word that begins with `key`, made a string of its own; null if there is none.
const char* ValueOf(const char* key, char* line) {
  const std::size_t length = std::strlen(key);
  for (char* word = line; *word != '\0';) {
    char* const end = word + std::strcspn(word, " ");
    if (std::strncmp(word, key, length) == 0) {
      *end = '\0';
      return word + length;
    }
    word = end + std::strspn(end, " ");
  }
  return nullptr;
}

}  // namespace

void BlockLink::Start() {
  const auto open = [](const char* key, SemihostingFile::Mode mode, SemihostingFile* file) {
    char line[kCommandLineBytes];
    if (!SemihostingCommandLine(line)) return false;
    const char* const path = ValueOf(key, line);
    return path != nullptr && file->Open(path, mode);
  };
  has_lengths_ = open("link-blocks:", SemihostingFile::Mode::kRead, &in_);
  if (!has_lengths_) open("link-file:", SemihostingFile::Mode::kRead, &in_);
  open("link-out:", SemihostingFile::Mode::kWrite, &out_);
}

std::size_t BlockLink::Read(Span<uint8_t> into) {
  if (at_ == size_) Fill();
  const std::size_t count = std::min(into.size(), size_ - at_);
  std::memcpy(into.data(), buffer_.data() + at_, count);
  at_ += count;
  return count;
}

void BlockLink::Fill() {
  at_ = size_ = 0;
  std::size_t wanted = buffer_.size();
  if (has_lengths_) {
    if (block_left_ == 0) {
      uint8_t bell = 0;
      if (bell_.Read({&bell, 1}) == 0) return;
      uint8_t length[4];
      if (in_.Read(length) != sizeof(length)) return;
      std::memcpy(&block_left_, length, sizeof(length));
    }
    wanted = std::min<std::size_t>(wanted, block_left_);
  }
  size_ = in_.Read(buffer_.first(wanted));
  block_left_ -= has_lengths_ ? static_cast<uint32_t>(size_) : 0;
}

}  // namespace emojicam::board
