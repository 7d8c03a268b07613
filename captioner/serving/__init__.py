"""The service: a page and a JSON API before one bundle, whose network answers many clients in batches."""
