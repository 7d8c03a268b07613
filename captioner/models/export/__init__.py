"""Export: a bundle comes in; a folder of ONNX graphs leaves, which runs without torch."""
