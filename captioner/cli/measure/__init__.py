"""Commands that measure: a model or a file of results comes in; scores, units and gradients leave."""
