"""Bundles to ONNX: the network's own functions, traced as graphs that onnxruntime runs without torch."""
