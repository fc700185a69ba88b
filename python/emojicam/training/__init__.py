"""Training, quantising and judging a gesture model. Needs the `train` extra."""
