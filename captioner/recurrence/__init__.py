"""Looking inside the recurrence: how gradients flow back through time, and what single units have learned."""
