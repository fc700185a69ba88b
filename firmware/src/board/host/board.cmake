# This computer, whatever its processor: the firmware as a process, or its unit tests under AddressSanitizer and
# UndefinedBehaviorSanitizer.
set(EMOJICAM_CORE host)
if(EMOJICAM_HOST_TESTS)
  set(EMOJICAM_CPU_FLAGS -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
else()
  set(EMOJICAM_CPU_FLAGS -O3)
  set(EMOJICAM_BOARD_SOURCES host/board.cc none/camera.cc none/health.cc)
endif()
