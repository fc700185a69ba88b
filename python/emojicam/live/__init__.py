"""Showing what a board sees and does."""
