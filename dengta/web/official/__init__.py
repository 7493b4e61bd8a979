"""政府部门: pages of the official desk."""
