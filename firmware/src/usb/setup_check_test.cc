#include "usb/setup_check.h"

#include <gtest/gtest.h>

#include <vector>

namespace emojicam::usb {
namespace {

TEST(SetupCheck, WhatHostsSend_IsSound) {
  EXPECT_TRUE(IsSound({0x80, 6, 0x0100, 0, 18}));  // GET_DESCRIPTOR
  EXPECT_TRUE(IsSound({0x00, 5, 9, 0, 0}));        // SET_ADDRESS
  EXPECT_TRUE(IsSound({0x00, 9, 1, 0, 0}));        // SET_CONFIGURATION
  EXPECT_TRUE(IsSound({0x82, 0, 0, 0x81, 2}));     // GET_STATUS of an endpoint
  EXPECT_TRUE(IsSound({0x21, 9, 0x0200, 0, 1}));   // SET_REPORT
  EXPECT_TRUE(IsSound({0xA1, 1, 0x0100, 0, 8}));   // GET_REPORT
  EXPECT_TRUE(IsSound({0x21, 0x0A, 0, 0, 0}));     // SET_IDLE
  EXPECT_TRUE(IsSound({0x21, 0x20, 0, 1, 7}));     // SET_LINE_CODING
  EXPECT_TRUE(IsSound({0x21, 0x22, 3, 1, 0}));     // SET_CONTROL_LINE_STATE
}

TEST(SetupCheck, DataStageTheWrongWay_IsNot) {
  for (const uint8_t get : std::vector<uint8_t>{0x00, 0x06, 0x08, 0x0A, 0x0C}) {
    for (const uint8_t recipient : std::vector<uint8_t>{0, 1, 2})
      EXPECT_FALSE(IsSound({recipient, get, 0, 0, 2}));
  }
  for (const uint8_t get : std::vector<uint8_t>{1, 2, 3}) EXPECT_FALSE(IsSound({0x21, get, 0x0100, 0, 8}));
  EXPECT_FALSE(IsSound({0xA1, 9, 0x0200, 0, 1}));
  EXPECT_FALSE(IsSound({0x21, 0x21, 0, 1, 7}));
  EXPECT_FALSE(IsSound({0xA1, 0x20, 0, 1, 7}));
}

TEST(SetupCheck, DataStageWhereThereIsNone_IsNot) {
  for (const uint8_t set : std::vector<uint8_t>{0x01, 0x03, 0x05, 0x09, 0x0B}) {
    EXPECT_FALSE(IsSound({0x00, set, 1, 0, 4}));
    EXPECT_FALSE(IsSound({0x80, set, 1, 0, 4}));
  }
  EXPECT_FALSE(IsSound({0x21, 0x0A, 0, 0, 1}));
  EXPECT_FALSE(IsSound({0x21, 0x22, 0, 1, 1}));
}

TEST(SetupCheck, WithoutDataStage_TheDirectionBitMeansNothing) {
  for (const uint8_t request : std::vector<uint8_t>{0x00, 0x01, 0x03, 0x05, 0x06, 0x07, 0x09, 0x0B}) {
    for (const uint8_t to_host : std::vector<uint8_t>{0x00, 0x80}) {
      const SetupPacket setup = WithItsOwnDirection({to_host, request, 1, 0, 0});
      EXPECT_EQ(setup.request_type, 0x00);
      EXPECT_TRUE(IsSound(setup)) << +request;
    }
  }
  EXPECT_EQ(WithItsOwnDirection({0xA1, 0x0A, 0, 0, 0}).request_type, 0x21);
  EXPECT_EQ(WithItsOwnDirection({0xA1, 0x0A, 0, 0, 1}).request_type, 0xA1);
  EXPECT_EQ(WithItsOwnDirection({0x80, 6, 0x0100, 0, 18}).request_type, 0x80);
}

TEST(SetupCheck, ReportOfATypeThatThereIsNot_IsNot) {
  for (const uint16_t value : std::vector<uint16_t>{0x0000, 0x0400, 0x0A00, 0xFF00}) {
    EXPECT_FALSE(IsSound({0xA1, 1, value, 0, 8}));
    EXPECT_FALSE(IsSound({0x21, 9, value, 0, 1}));
  }
  EXPECT_TRUE(IsSound({0xA1, 1, 0x0300, 0, 8}));
}

TEST(SetupCheck, UnknownRequests_AreTheStacksToRefuse) {
  EXPECT_TRUE(IsSound({0xC0, 1, 0, 0, 8}));
  EXPECT_TRUE(IsSound({0x40, 1, 0, 0, 8}));
  EXPECT_TRUE(IsSound({0x80, 0x55, 0, 0, 8}));
}

}  // namespace
}  // namespace emojicam::usb
