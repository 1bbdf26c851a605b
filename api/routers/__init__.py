"""One router per noun: read the parameters, ask a view, answer with its schema."""
