"""The heads: states and glimpses come in; logits of words and answers leave, and the losses on them."""
