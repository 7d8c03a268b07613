"""A trained model on disk: a folder or a hub name comes in; a bundle, or its exported graphs, leaves."""
