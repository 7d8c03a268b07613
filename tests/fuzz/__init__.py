"""Mutated files: each ends in a result or in one sentence, soon; loops that scripts run longer."""
