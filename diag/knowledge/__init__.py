"""What is known before a run: profiles, drivers, fault catalogues, words."""
