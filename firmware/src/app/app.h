// The product: one loop around the path of a frame. The only place that knows all of the stages.
//
//   link or camera --> image --> inference --> gesture --> keyboard --> KeyReport
//                                      every step is told to Python over the link
#pragma once

#include <cstdint>

#include "app/board_settings.h"
#include "app/button.h"
#include "app/computer.h"
#include "app/frame_assembly.h"
#include "app/frame_out.h"
#include "base/span.h"
#include "gesture/decision.h"
#include "image/exposure.h"
#include "image/motion.h"
#include "inference/classifier.h"
#include "keyboard/typist.h"
#include "link/packet.h"
#include "link/sender.h"

namespace emojicam::app {

class App {
 public:
  // classifier: started. frame_buffer: takes one frame. image_buffer: the luma of one that was asked for.
  // computer: where keystrokes go. sender: the link. All are the caller's and outlive this.
  App(Classifier& classifier, Span<uint8_t> frame_buffer, Span<uint8_t> image_buffer, Computer& computer,
      link::Sender& sender);

  // Takes the settings that were kept, says hello, and arms the keyboard if the settings say so.
  void Start();

  // Bytes from the link; may classify a frame before it returns.
  void OnBytes(Span<const uint8_t> bytes);

  // Where a frame comes from: the exposure of those that somebody sends is not the board's affair.
  enum class Source : uint8_t { kLink, kCamera };

  // A frame that is complete. time_ms: when it was taken.
  void OnFrame(uint32_t number, uint32_t time_ms, const Frame& frame, Source source = Source::kLink);

  // What is neither of a frame nor of a message: the button, and a frame on its way out. Call it often.
  void Poll();
  // There is something that can be sent now: no time to sleep.
  bool busy() const { return frame_out_.busy() && Computer::LinkHasRoom(); }

  // Time passes: sends what is due of the text being typed.
  void AdvanceTo(uint32_t now_ms);

 private:
  void OnMessage();
  template <typename Message, typename Function>
  void With(Function function);
  void OnBegin(const link::FrameBegin& message);
  template <typename Data>  // FrameData or FrameDelta
  void OnData(const Data& message);
  void OnSettings(const link::SettingsSet& message);
  void Arm(bool armed);
  void ShowLight();
  void UseSettings(const BoardSettings& settings);
  void KeepSettings(const BoardSettings& settings);
  void SendHello();
  void SendStatistics();
  void SendKeyboardCounters();
  void SendKeyboardState();
  void SendError(link::ErrorCode code, uint32_t frame, const char* detail = "");
  void SendDone(uint32_t frame, link::ErrorCode status);
  void Fire(uint32_t frame, uint8_t gesture);
  void CheckExposure(Span<const int8_t> picture, uint32_t time_ms);
  bool IsAwake(Span<const int8_t> picture, uint32_t time_ms);

  Classifier& classifier_;
  Computer& computer_;
  FrameAssembly frames_;
  FrameOut frame_out_;
  Button button_;
  BoardSettings settings_;
  SlotStore store_;
  ExposureCheck exposure_;
  MotionGate motion_;
  Decider decider_;
  Typist typist_;
  link::Sender& sender_;
  link::PacketDecoder decoder_;
  uint32_t now_ms_ = 0;
  uint32_t unknown_ = 0;
  uint32_t classified_ = 0;
  uint8_t held_ = 0;               // the gesture
  bool settings_damaged_ = false;  // and nobody has been told yet
  bool settings_unfit_ = false;    // the same
};

}  // namespace emojicam::app
