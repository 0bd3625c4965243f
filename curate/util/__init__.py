"""Small helpers without a subject: time, locks, canonical JSON, batches."""
