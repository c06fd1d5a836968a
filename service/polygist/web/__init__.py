"""The HTTP port: metrics for Prometheus, and probes for what starts and stops processes."""
