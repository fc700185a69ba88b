// The path of a frame, from pixels to a firing. Every step is told over the link.
//
//   frame --image--> model input --exposure, motion--> --mirrored in turn--> --inference--> scores
//   --gesture--> decision --fired?--> typing
#pragma once

#include <array>
#include <cstdint>

#include "app/frame_out.h"
#include "app/panel.h"
#include "app/product.h"
#include "app/typing_task.h"
#include "gesture/decision.h"
#include "image/exposure.h"
#include "image/image.h"
#include "image/motion.h"
#include "inference/scorer.h"
#include "link/sender.h"

namespace emojicam::app {

class Pipeline {
 public:
  // scorer: started. frame_out: takes a copy of a frame that was asked for. All are the caller's and outlive
  // this.
  Pipeline(const Product& product, Scorer& scorer, Panel& panel, TypingTask& typing, FrameOut& frame_out,
           link::Sender& sender);

  // Where a frame comes from: the exposure of those that somebody sends is not the board's affair.
  enum class Source : uint8_t { kLink, kCamera };

  // A frame that is complete. time_ms: when it was taken.
  void OnFrame(uint32_t number, uint32_t time_ms, const Frame& frame, Source source);

  // The evidence starts anew, as after other settings.
  void Reset() { decider_.Reset(); }

  // Frames so far that got scores.
  uint32_t classified() const { return classified_; }

 private:
  // Whether the picture in the model's input is to be classified.
  bool IsAwake(uint32_t time_ms);
  void CheckExposure(uint32_t time_ms);
  Decision Decide(uint32_t number, uint32_t time_ms, Span<const int8_t> scores);
  void Fire(uint32_t number, uint8_t gesture);

  const Product& product_;
  Scorer& scorer_;
  Panel& panel_;
  TypingTask& typing_;
  FrameOut& frame_out_;
  link::Sender& sender_;
  ExposureCheck exposure_;
  MotionGate motion_;
  Decider decider_;
  uint32_t classified_ = 0;
};

}  // namespace emojicam::app
