// The quick way through the image stage, for grey pictures from frames of a camera's size.
//
// Every line of the frame is read once, from left to right and by words, into a line of luma: camera frames
// lie in memory that is not cached, where a byte costs as much as a word.
#pragma once

#include "image/image.h"

namespace emojicam {

// As ToModelInput with one channel, whose arguments have been checked. False, and nothing written, for what
// it can't do: crops wider than 640 pixels, more than about six input pixels to one of the output's width, or
// row weights whose sum in lowest terms is above 257.
bool AverageByLines(const Frame& frame, const Rectangle& crop, uint16_t out_width, uint16_t out_height,
                    Span<int8_t> out);

}  // namespace emojicam
