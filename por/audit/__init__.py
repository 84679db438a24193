"""Re-checks a publication from outside, one check a file; what makes things is not used to judge them."""
