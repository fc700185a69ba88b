"""emojicam: firmware, tools and tests of a camera board that types the emoji you sign."""

__version__ = "0.1.0"
