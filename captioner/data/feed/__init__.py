"""Feeding a network: records come in; batches of tensors leave, from pixels or from a store of features."""
