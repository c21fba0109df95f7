"""What the platform and each merchant know, in three layers, and how it is searched."""
