"""Data sets of clips: their files come in; rows leave, each a clip with its captions."""
