"""Public formats to records, records to batches: readers, the feature store, made-up scenes."""
