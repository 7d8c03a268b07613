"""Commands that use a model: photos, questions and prompts come in; captions, answers, pictures and pages leave."""
