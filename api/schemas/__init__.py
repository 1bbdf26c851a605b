"""What the API answers with: one model per view, numbers and hashes in the forms the README names."""
