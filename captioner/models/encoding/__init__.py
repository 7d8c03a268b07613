"""Encoders at work: a frozen network comes in; what it says of photos leaves, by the engine that is fastest here."""
