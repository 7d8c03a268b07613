"""What a training learns from: annotation files come in; data modules leave, with stores, order and batches."""
