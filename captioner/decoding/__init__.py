"""Every search, once: whatever can take a step comes in, of torch or of numpy, and captions leave. No network here."""
