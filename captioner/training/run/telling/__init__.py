"""What happens in a training enters; lines on stderr, rows of metrics.csv and the model card leave."""
