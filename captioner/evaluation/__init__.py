"""Evaluation: a model and annotated data come in; what was said leaves, with its scores, as one kind of `Result`."""
