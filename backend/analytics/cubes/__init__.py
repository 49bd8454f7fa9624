"""The cubes: one module for each subject, each measure declared once."""
