#include "usb/setup_check.h"

#include "generated/usb_descriptors.h"

namespace emojicam::usb {
namespace {

enum class DataStage : uint8_t { kNone, kToHost, kToDevice, kUnknown };

DataStage OfStandard(uint8_t request) {
  switch (request) {
    case 0x00:  // GET_STATUS
    case 0x06:  // GET_DESCRIPTOR
    case 0x08:  // GET_CONFIGURATION
    case 0x0A:  // GET_INTERFACE
    case 0x0C:  // SYNCH_FRAME
      return DataStage::kToHost;
    case 0x01:  // CLEAR_FEATURE
    case 0x03:  // SET_FEATURE
    case 0x05:  // SET_ADDRESS
    case 0x09:  // SET_CONFIGURATION
    case 0x0B:  // SET_INTERFACE
      return DataStage::kNone;
    case 0x07:  // SET_DESCRIPTOR
      return DataStage::kToDevice;
    default:
      return DataStage::kUnknown;
  }
}

DataStage OfHid(uint8_t request) {
  switch (request) {
    case 0x01:  // GET_REPORT
    case 0x02:  // GET_IDLE
    case 0x03:  // GET_PROTOCOL
      return DataStage::kToHost;
    case 0x09:  // SET_REPORT
      return DataStage::kToDevice;
    case 0x0A:  // SET_IDLE
    case 0x0B:  // SET_PROTOCOL
      return DataStage::kNone;
    default:
      return DataStage::kUnknown;
  }
}

// GET_REPORT and SET_REPORT name the report's type in wValue's high byte: input, output or feature. TinyUSB
// makes an enumerator of it as it comes.
bool IsReportType(uint8_t type) { return type >= 1 && type <= 3; }

DataStage OfCdc(uint8_t request) {
  switch (request) {
    case 0x20:  // SET_LINE_CODING
      return DataStage::kToDevice;
    case 0x21:  // GET_LINE_CODING
      return DataStage::kToHost;
    case 0x22:  // SET_CONTROL_LINE_STATE
    case 0x23:  // SEND_BREAK
      return DataStage::kNone;
    default:
      return DataStage::kUnknown;
  }
}

constexpr uint8_t kToHostBit = 0x80;

}  // namespace

SetupPacket WithItsOwnDirection(SetupPacket setup) {
  if (setup.length == 0) setup.request_type &= static_cast<uint8_t>(~kToHostBit);
  return setup;
}

bool IsSound(const SetupPacket& setup) {
  constexpr uint8_t kStandard = 0, kClass = 1;
  const uint8_t type = setup.request_type >> 5 & 3;
  DataStage wanted = DataStage::kUnknown;
  if (type == kStandard) {
    wanted = OfStandard(setup.request);
  } else if (type == kClass) {
    // TinyUSB takes the interface's number from the low byte, whoever the recipient is.
    const bool to_keyboard = (setup.index & 0xFF) == kInterfaceKeyboard;
    const bool names_report = to_keyboard && (setup.request == 0x01 || setup.request == 0x09);
    if (names_report && !IsReportType(static_cast<uint8_t>(setup.value >> 8))) return false;
    wanted = to_keyboard ? OfHid(setup.request) : OfCdc(setup.request);
  }
  if (setup.length == 0) return true;
  const bool to_host = (setup.request_type & kToHostBit) != 0;
  switch (wanted) {
    case DataStage::kNone:
      return false;
    case DataStage::kToHost:
      return to_host;
    case DataStage::kToDevice:
      return !to_host;
    case DataStage::kUnknown:
      break;
  }
  return true;
}

}  // namespace emojicam::usb
