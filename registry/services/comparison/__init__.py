"""What `reconcile` compares, by subject. See README.md."""
