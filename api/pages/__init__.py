"""The two plain pages of this server: a start page and the reference of the API. No outside host, no inline script."""
