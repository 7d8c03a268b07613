"""Recurrent attention for vision and language: captions and answers that can be looked inside.

Nothing heavy is imported before it is used: `import captioner` alone touches neither torch nor Lightning.
"""

__version__ = "0.1.0"
