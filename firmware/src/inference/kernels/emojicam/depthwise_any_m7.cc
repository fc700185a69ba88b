// Depthwise layers of any window on tensors as TFLM has them, for the Cortex-M7: four channels at a time are
// taken apart into the lines of any_kernels.h.
#include <cstring>

#include "inference/kernels/emojicam/any_kernels.h"
#include "inference/kernels/emojicam/kernel_choice.h"
#include "inference/kernels/emojicam/layer_format.h"
#include "inference/kernels/emojicam/tensor_loops.h"
#include "inference/kernels/emojicam/words.h"

namespace emojicam::kernels {
namespace {

constexpr uint32_t kGroup = 4;  // channels
constexpr uint32_t kTaps = 3;   // of a line

// How a strip is worked through.
struct Shape {
  uint32_t sets;       // lines of each pair of rows
  uint32_t pitch;      // words from one line to the next
  uint32_t pairs;      // of rows that are read
  uint32_t plane;      // words of a channel
  uint32_t odd_lines;  // of the windows that begin with a pair's second row; 0: none does
};

Shape ShapeOf(const DepthwiseAnyLayer& layer, uint32_t rows, uint32_t columns) {
  Shape shape = {};
  shape.sets = M7AnySets(layer.window_width, layer.stride_width);
  shape.pitch = (columns < kM7AnyBlock ? kM7AnyBlock : columns) + kTaps - 1;
  shape.pairs = ((rows - 1) * layer.stride_height + layer.window_height + 1) / 2;
  shape.plane = shape.pairs * shape.sets * shape.pitch;
  if (layer.stride_height % 2 != 0 && rows > 1) {
    shape.odd_lines = M7AnyOddLines(layer.window_height, layer.window_width, layer.stride_width);
  }
  return shape;
}

// Pixels of an image's row: where the first one is, and how far it is to the next; outside of the image all
// of them are one.
struct Source {
  const int8_t* pixel;
  uint32_t step;
};

// One line of four channels: words whose pixels are in the image, and padding around them.
void MakeLine(const Source& upper, const Source& lower, uint32_t padding, uint32_t before, uint32_t inside,
              uint32_t words, uint32_t* line, uint32_t plane) {
  uint32_t* const line1 = line + plane;
  uint32_t* const line2 = line1 + plane;
  uint32_t* const line3 = line2 + plane;
  for (uint32_t x = 0; x < before; ++x) line[x] = line1[x] = line2[x] = line3[x] = padding;
  const int8_t* a = upper.pixel;
  const int8_t* b = lower.pixel;
  const uint32_t step_a = upper.step;
  const uint32_t step_b = lower.step;
  const uint32_t end = before + inside;
#pragma GCC unroll 4
  for (uint32_t x = before; x < end; ++x, a += step_a, b += step_b) {
    const uint32_t first = Word(a);
    const uint32_t second = Word(b);
    const uint32_t even_a = EvenBytes(first);
    const uint32_t even_b = EvenBytes(second);
    const uint32_t odd_a = OddBytes(first);
    const uint32_t odd_b = OddBytes(second);
    line[x] = Low(even_a, even_b);
    line1[x] = Low(odd_a, odd_b);
    line2[x] = High(even_a, even_b);
    line3[x] = High(odd_a, odd_b);
  }
  for (uint32_t x = end; x < words; ++x) line[x] = line1[x] = line2[x] = line3[x] = padding;
}

// A line whose words are those of the one before from the third on, and three more; of four channels.
void CopyLine(uint32_t words, uint32_t pitch, uint32_t* line, uint32_t plane) {
  for (uint32_t c = 0; c < kGroup; ++c, line += plane) {
    const uint32_t* from = line - pitch + kTaps;
#pragma GCC unroll 4
    for (uint32_t x = 0; x < words; ++x) line[x] = from[x];
  }
}

// The lines of a strip whose first window begins at row `top` and column `left` of the image, for the four
// channels from `input` on.
void MakeLines(const DepthwiseAnyLayer& layer, const Shape& shape, const int8_t* input, int32_t top,
               int32_t left, uint32_t* lines) {
  const auto height = static_cast<int32_t>(layer.input.height);
  const auto width = static_cast<int32_t>(layer.input.width);
  const auto stride = static_cast<int32_t>(layer.stride_width);
  const uint32_t channels = layer.input.channels;
  const uint32_t step = layer.stride_width * channels;
  const auto value = static_cast<uint8_t>(layer.padding);
  const int8_t padding[4] = {static_cast<int8_t>(value), static_cast<int8_t>(value),
                             static_cast<int8_t>(value), static_cast<int8_t>(value)};
  const uint32_t padding_word =
      Low(static_cast<uint32_t>(layer.padding), static_cast<uint32_t>(layer.padding));
  for (uint32_t pair = 0; pair < shape.pairs; ++pair) {
    const int32_t row = top + static_cast<int32_t>(2 * pair);
    for (uint32_t phase = 0; phase < layer.stride_width && phase < layer.window_width; ++phase) {
      for (uint32_t tap = phase; tap < layer.window_width; tap += kTaps * layer.stride_width) {
        const bool copied = tap != phase && layer.stride_width == 1;
        const uint32_t first = copied ? shape.pitch - kTaps : 0;
        if (copied) CopyLine(first, shape.pitch, lines, shape.plane);
        const int32_t column = left + static_cast<int32_t>(tap + first * layer.stride_width);  // of that word
        const auto words = static_cast<int32_t>(shape.pitch - first);
        int32_t before = column < 0 ? (-column + stride - 1) / stride : 0;
        if (before > words) before = words;
        int32_t end = column < width ? (width - column + stride - 1) / stride : 0;
        if (end > words) end = words;
        if (end < before) end = before;
        const int32_t at = column + before * stride;
        const auto source = [&](int32_t y) {
          if (y < 0 || y >= height || end == before) return Source{padding, 0};
          return Source{input + (y * width + at) * static_cast<int32_t>(channels), step};
        };
        MakeLine(source(row), source(row + 1), padding_word, static_cast<uint32_t>(before),
                 static_cast<uint32_t>(end - before), shape.pitch - first, lines + first, shape.plane);
        lines += shape.pitch;
      }
    }
  }
}

// The weights of windows that begin with a pair's second row: all of them one row further down.
void MakeOddWeights(const uint32_t* even, uint32_t lines, uint32_t sets, uint32_t odd_lines, uint32_t* odd) {
  const uint32_t row = kTaps * sets;
  for (uint32_t i = 0; i < kTaps * odd_lines; ++i) {
    const uint32_t above = i >= row ? even[i - row] : 0;
    const uint32_t below = i < kTaps * lines ? even[i] : 0;
    odd[i] = above >> 16 | below << 16;
  }
}

uint32_t* Take(uint8_t*& memory, uint32_t words) {
  auto* taken = reinterpret_cast<uint32_t*>(memory);
  memory += 4 * words;
  return taken;
}

}  // namespace

uint64_t DepthwiseAnyScratchM7(const DepthwiseAnyLayer& layer) {
  const uint64_t sets = M7AnySets(layer.window_width, layer.stride_width);
  const Shape shape = ShapeOf(layer, layer.strip_rows, layer.strip_columns);
  const uint64_t plane = uint64_t{shape.pairs} * sets * shape.pitch;
  return 4 * (kGroup * plane + kTaps * uint64_t{shape.odd_lines});
}

void RunDepthwiseAnyM7(const DepthwiseAnyLayer& layer, const int8_t* input, int8_t* output,
                       uint8_t* scratch) {
  const uint32_t channels = layer.input.channels;
  const uint32_t outputs = layer.output.channels;
  const uint32_t each = outputs / channels;
  const uint32_t out_row = layer.output.width * outputs;
  const bool alternate = layer.stride_height % 2 != 0;
  const uint32_t line_count = M7AnyLines(layer.window_height, layer.window_width, layer.stride_width);
  const uint32_t channel_bytes = sizeof(M7AnyChannel) + 4 * kTaps * line_count;
  const uint8_t* const constants = reinterpret_cast<const uint8_t*>(&layer) + layer.channels_offset;
  for (uint32_t y = 0; y < layer.output.height; y += layer.strip_rows) {
    const uint32_t left_over = layer.output.height - y;
    const uint32_t count = left_over < layer.strip_rows ? left_over : layer.strip_rows;
    const int32_t top =
        static_cast<int32_t>(y * layer.stride_height) - static_cast<int32_t>(layer.padding_top);
    for (uint32_t x = 0; x < layer.output.width; x += layer.strip_columns) {
      const uint32_t rest = layer.output.width - x;
      const uint32_t columns = rest < layer.strip_columns ? rest : layer.strip_columns;
      const int32_t left =
          static_cast<int32_t>(x * layer.stride_width) - static_cast<int32_t>(layer.padding_left);
      const Shape shape = ShapeOf(layer, count, columns);
      uint8_t* memory = scratch;
      uint32_t* const lines = Take(memory, kGroup * shape.plane);
      uint32_t* const odd_weights = Take(memory, kTaps * shape.odd_lines);

      M7AnyRows job = {};
      job.pitch = 4 * shape.pitch;
      job.lines = line_count;
      job.out_step = kM7AnyBlock * outputs;
      job.step = static_cast<int32_t>(4 * kTaps) - static_cast<int32_t>(line_count * job.pitch);
      job.second = columns > 1 ? outputs : 0;
      job.third = columns > 2 ? 2 * outputs : job.second;
      const uint32_t pair_bytes = shape.sets * job.pitch;
      job.row_step = pair_bytes * (alternate ? layer.stride_height : layer.stride_height / 2);
      job.out_row_step = out_row * (alternate ? 2 : 1);
      job.blocks = static_cast<int32_t>(columns < kM7AnyBlock ? 1 : columns / kM7AnyBlock);
      if (columns > kM7AnyBlock && columns % kM7AnyBlock != 0) {
        const auto back = static_cast<int32_t>(columns % kM7AnyBlock) - static_cast<int32_t>(kM7AnyBlock);
        job.rest_step = 4 * back;
        job.rest_out = back * static_cast<int32_t>(outputs);
      }
      for (uint32_t c = 0; c < channels; c += kGroup) {
        MakeLines(layer, shape, input + c, top, left, lines);
        const uint32_t last = channels - c < kGroup ? channels : c + kGroup;
        for (uint32_t n = c * each; n < last * each; ++n) {
          const auto* channel = reinterpret_cast<const M7AnyChannel*>(constants + n * channel_bytes);
          const auto* weights = reinterpret_cast<const uint32_t*>(channel + 1);
          for (int32_t& bias : job.bias) bias = channel->bias;
          job.multiplier = channel->multiplier;
          job.minus = channel->minus;
          job.addend = channel->addend;
          job.shift = channel->shift;
          M7AnyKernel* const kernel =
              channel->fold != 0 ? &EMOJICAM_M7_KERNEL(AnyFold) : &EMOJICAM_M7_KERNEL(AnyFull);
          M7AnyRows rows = job;
          rows.weights = weights;
          rows.row = lines + (n / each - c) * shape.plane;
          rows.out_row = output + y * out_row + x * outputs + n;
          rows.rows = alternate ? (count + 1) / 2 : count;
          kernel(&rows);
          if (shape.odd_lines == 0) continue;
          MakeOddWeights(weights, line_count, shape.sets, shape.odd_lines, odd_weights);
          rows.weights = odd_weights;
          rows.lines = shape.odd_lines;
          rows.step = static_cast<int32_t>(4 * kTaps) - static_cast<int32_t>(shape.odd_lines * job.pitch);
          rows.row += layer.stride_height / 2 * shape.sets * shape.pitch;
          rows.out_row += out_row;
          rows.rows = count / 2;
          if (rows.rows != 0) kernel(&rows);
        }
      }
    }
  }
  Clamp(output, layer.header.output_bytes, layer.activation_min, layer.activation_max);
}

}  // namespace emojicam::kernels
