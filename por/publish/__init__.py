"""What an exchange puts on a web server: the customer's verifier."""
