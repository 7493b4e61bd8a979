"""企业: pages of the enterprise desk."""
