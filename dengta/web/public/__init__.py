"""公众: pages of the public desk."""
