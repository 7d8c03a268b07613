"""The work behind the requests: photos and questions come in; they are gathered to batches, run, and measured."""
