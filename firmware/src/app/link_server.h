// The board's end of the link: bytes to messages, each to whom it is for, and the answers.
#pragma once

#include <cstdint>

#include "app/frame_assembly.h"
#include "app/frame_out.h"
#include "app/panel.h"
#include "app/pipeline.h"
#include "app/product.h"
#include "app/typing_task.h"
#include "base/span.h"
#include "inference/scorer.h"
#include "link/packet.h"
#include "link/sender.h"

namespace emojicam::app {

class LinkServer {
 public:
  // frame_buffer: takes one frame that arrives. All are the caller's and outlive this.
  LinkServer(const Product& product, const Scorer& scorer, Pipeline& pipeline, Panel& panel,
             TypingTask& typing, FrameOut& frame_out, Span<uint8_t> frame_buffer, link::Sender& sender);

  // Bytes that have arrived; may classify a frame before it returns.
  void OnBytes(Span<const uint8_t> bytes);

  // Says who is there.
  void SendHello();

 private:
  void OnMessage();
  template <typename Message, typename Function>
  void With(Function function);
  void OnBegin(const link::FrameBegin& message);
  template <typename Data>  // FrameData or FrameDelta
  void OnData(const Data& message);
  void OnSettings(const link::SettingsSet& message);
  void SendStatistics();
  void SendKeyboardCounters();
  void SendKeyboardState();

  const Product& product_;
  const Scorer& scorer_;
  Pipeline& pipeline_;
  Panel& panel_;
  TypingTask& typing_;
  FrameOut& frame_out_;
  FrameAssembly frames_;
  link::Sender& sender_;
  link::PacketDecoder decoder_;
  uint32_t unknown_ = 0;
};

}  // namespace emojicam::app
