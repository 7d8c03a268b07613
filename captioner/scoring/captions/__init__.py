"""Scores of captions: candidates and references come in as strings; BLEU, ROUGE-L, CIDEr and variety leave."""
