"""The support bundle: one archive with what support needs of a run, read through by a person before it is sent."""
