"""Evaluation: a model and annotated photos come in; what was said, and scores of it and of the attention, leave."""
