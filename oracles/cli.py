def register(app):  # type: ignore[no-untyped-def]
    """Hang this package's commands into `puhui`."""
