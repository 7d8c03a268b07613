"""The network: encoder, attention, recurrent core and heads.

Axis letters in every docstring: b batch · k captions of a photo or beams · r rows (b·k) · t words · n places of the
grid, of a clip those of all its frames · f frames of a clip · d grid channels · e embedding · h state · a attention
width · g glimpses · l layers · v vocabulary · c answers.
"""
