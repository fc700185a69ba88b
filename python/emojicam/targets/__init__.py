"""Where firmware runs: building it, and the emulators and boards that run it."""
