"""Made-up scenes: a seed comes in; pictures of shapes leave, with captions, boxes and questions."""
