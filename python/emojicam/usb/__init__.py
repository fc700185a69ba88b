"""USB: the device's descriptors, and a computer's side of it for boards that are emulated."""
