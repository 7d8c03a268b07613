"""Evaluation: a model and annotated data come in; what was said leaves, with scores of it, as one `Result` of any kind."""
