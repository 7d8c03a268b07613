"""Questions from captions: photos with English captions come in; questions with types and annotators' answers leave."""
