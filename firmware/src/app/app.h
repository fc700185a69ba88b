// The product: one loop around the path of a frame. The only place that knows all of the stages.
//
//   link or camera --> image --> inference --> gesture --> keyboard --> KeyReport
//                                      every step is told to Python over the link
//
// Its parts: `Pipeline`, a frame to its firing; `LinkServer`, messages and their answers; `Panel`, light,
// button and settings; `TypingTask`, the typist's time.
#pragma once

#include <cstdint>

#include "app/computer.h"
#include "app/frame_out.h"
#include "app/link_server.h"
#include "app/panel.h"
#include "app/pipeline.h"
#include "app/product.h"
#include "app/typing_task.h"
#include "base/span.h"
#include "inference/scorer.h"
#include "link/sender.h"

namespace emojicam::app {

class App {
 public:
  // scorer: started. frame_buffer: takes one frame. image_buffer: the luma of one that was asked for.
  // computer: where keystrokes go. sender: the link. All are the caller's and outlive this.
  App(const Product& product, Scorer& scorer, Span<uint8_t> frame_buffer, Span<uint8_t> image_buffer,
      Computer& computer, link::Sender& sender)
      : sender_(sender),
        typing_(computer),
        panel_(product, typing_, computer, sender),
        frame_out_(image_buffer),
        pipeline_(product, scorer, panel_, typing_, frame_out_, sender),
        link_(product, scorer, pipeline_, panel_, typing_, frame_out_, frame_buffer, sender) {}

  // Takes the settings that were kept, says hello, and arms the keyboard if the settings say so.
  void Start() {
    panel_.Start();
    pipeline_.Reset();
    link_.SendHello();
  }

  // Bytes from the link; may classify a frame before it returns.
  void OnBytes(Span<const uint8_t> bytes) { link_.OnBytes(bytes); }

  // A frame of the board's camera. time_ms: when it was taken.
  void OnCameraFrame(uint32_t number, uint32_t time_ms, const Frame& frame) {
    pipeline_.OnFrame(number, time_ms, frame, Pipeline::Source::kCamera);
  }

  // What is neither of a frame nor of a message: the button, and a frame on its way out. Call it often.
  void Poll() {
    panel_.Poll();
    if (busy()) frame_out_.SendPart(sender_);
  }
  // There is something that can be sent now: no time to sleep.
  bool busy() const { return frame_out_.busy() && Computer::LinkHasRoom(); }

  // Time passes: sends what is due of the text being typed.
  void AdvanceTo(uint32_t now_ms) { typing_.AdvanceTo(now_ms); }

 private:
  link::Sender& sender_;
  TypingTask typing_;
  Panel panel_;
  FrameOut frame_out_;
  Pipeline pipeline_;
  LinkServer link_;
};

}  // namespace emojicam::app
