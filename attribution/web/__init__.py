"""The web: thin views over the modules of `attribution`. No rule and no SQL lives here."""
