"""Photos found by words: folders and a query enter; an index is kept on the disk, and the photos that fit leave.

    index.json     of which model it is, and the shape of what is kept of a photo
    photos.sqlite  which photos are known, by path, size, time of change and content; and in which row each content is
    NAME.rows      what the model needs of a photo, half precision, row after row
    expected.rows  how often it expects each word of its vocabulary in a caption of the photo; for the first stage

A row is on the disk before the table names it, and the table is SQLite's, so a process may be killed at any moment, and
the next goes on where it stopped. Contents without a photo keep their rows until another photo needs one.
"""
