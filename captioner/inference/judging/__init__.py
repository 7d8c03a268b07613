"""Photos and sentences enter; how well each sentence fits each photo leaves: ln p(sentence | photo) of the model."""
