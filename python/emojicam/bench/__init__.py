"""Counting instructions: the same model with reference kernels, with CMSIS-NN and with our own."""
