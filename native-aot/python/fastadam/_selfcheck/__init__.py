"""What ``python -m fastadam`` shows, checks and measures. Nothing else of the package needs it."""
