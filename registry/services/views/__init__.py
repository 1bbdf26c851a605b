"""Read models: what the API and the command line show, from one session, as frozen data classes."""
