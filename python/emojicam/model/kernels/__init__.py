"""Choosing and preparing our own kernels for a model: which layer runs on what and why, proved and packed."""
