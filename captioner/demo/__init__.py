"""The main job on a fresh machine: made-up scenes, a small model trained on them, its scores and a page to look at."""
