"""The Cortex-M7 core: instructions by unicorn, everything around them by us."""
