"""spaCy models that are trained on releases, evaluated, and promoted to pre-annotate."""
