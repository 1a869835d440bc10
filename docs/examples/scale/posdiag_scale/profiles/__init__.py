"""Profiles of scales."""
