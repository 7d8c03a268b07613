"""Pixels and ids enter; words, readings and verdicts leave as numbers: torch computes them, or onnxruntime."""
