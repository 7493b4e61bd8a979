"""服务商: pages of the provider desk."""
