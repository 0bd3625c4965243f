"""What to annotate next: documents ranked by what a person's time on them is worth."""
