"""Commands that make something: data sets, an encoder, a demonstration, an export, a model on the hub."""
