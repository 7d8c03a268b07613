"""Tokens of the Penn Treebank, as the official scorers cut them: a text comes in; its tokens leave."""
