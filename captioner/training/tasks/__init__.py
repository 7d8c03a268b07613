"""What is learned: batches come in; losses and generated captions, answers and texts leave, as Lightning modules."""
