"""The recurrent core: words, a state and the grid come in; the next state, z = Σ pᵢvᵢ and the weights p leave."""
