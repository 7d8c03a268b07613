"""Clips: videos, stretches of them, or frames on disk come in; some of their frames leave, in the order of time."""
