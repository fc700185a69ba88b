# This computer: unit tests under AddressSanitizer and UndefinedBehaviorSanitizer.
set(EMOJICAM_CORE x86-64)
set(EMOJICAM_CPU_FLAGS -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
add_link_options(-fsanitize=address,undefined)
