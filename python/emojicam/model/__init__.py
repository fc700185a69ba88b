"""TensorFlow Lite models: read, check, fold, count, export to C++, and run on the host as oracles."""
