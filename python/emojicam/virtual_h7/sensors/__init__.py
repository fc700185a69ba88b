"""Camera sensors: their control bus, and the pixels on DCMI's pins."""
