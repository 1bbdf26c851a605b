"""From events to rows: pure functions, one for each event of our contracts. See README.md."""
