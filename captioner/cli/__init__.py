"""The `captioner` command: one module a verb, found by name, so that help stays instant."""
