"""Labelled pictures: rendered hands, people's own photographs, clips."""
