"""Scores of captions, answers and attention, from strings alone; torch is not needed."""
