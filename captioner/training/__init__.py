"""Training with PyTorch Lightning; the only room that imports it."""
