"""专家: pages of the expert desk."""
