"""Reading: files of the public formats come in; records of photos, captions and questions leave, checked."""
