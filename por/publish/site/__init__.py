"""The static site: a history of publications for anybody's browser, and for any web server to hold."""
