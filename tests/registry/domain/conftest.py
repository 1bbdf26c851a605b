"""Settings of the domain tests."""

from hypothesis import settings

# A shared machine stalls now and then; a slow example is no failure.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
