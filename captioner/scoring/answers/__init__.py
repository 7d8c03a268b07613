"""Scores of answers: answers and what people answered come in as strings; accuracy and WUPS leave."""
