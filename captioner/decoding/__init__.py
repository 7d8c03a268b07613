"""Greedy, sampled and beam search over anything that can take a step; knows no network."""
