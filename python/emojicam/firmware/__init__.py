"""From settings and a model to an image: build, generated C++, ELF, size, stack, fuzzers."""
