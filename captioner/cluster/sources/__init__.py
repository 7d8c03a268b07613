"""Where photos come from: a name enters, pieces of work leave, each of which gives rows wherever it is called."""
